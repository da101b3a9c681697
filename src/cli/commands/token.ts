import { type Command, Option } from 'commander';
import { formatDuration } from '../../core/index.ts';
import { parseLifeOption } from '../arguments.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';

interface TokenOptions extends NodeSelection {
  /** Milliseconds. */
  readonly life: number;
  readonly name?: string;
}

const DEFAULT_LIFE_MS = 3_600_000; // long enough to walk to the other host, short enough to forget

export function addToken(program: Command, context: CliContext): void {
  const token = program.command('token').description('let new nodes in');
  const create = token
    .command('create')
    .description('make a token that lets one node join, once')
    .addOption(
      new Option('--life <duration>', 'how long it can be used')
        .argParser(parseLifeOption)
        .default(DEFAULT_LIFE_MS, formatDuration(DEFAULT_LIFE_MS)),
    )
    .option('--name <node>', 'only a node of this name may use it');
  addExamples(create, [
    ['selvage token create --data ./n1', 'the token is all that is printed on standard output'],
    ['selvage token create --life 10m --name n2', 'for ten minutes, and for the node n2 only'],
  ]);
  addNodeOptions(create).action(async (options: TokenOptions) => {
    const nodeName = options.name;
    const client = await connectToNode(context, options);
    const created = await client.createToken({ lifeMs: options.life, nodeName });
    context.terminal.write(`${created.token}\n`);
    context.terminal.writeError(
      `good for one node until ${created.expiresAt}, which must reach ${created.joinAddress}; ` +
        'use it with: selvage join TOKEN --data DIR\n',
    );
  });
}

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
  readonly locality?: string;
  readonly x509pop?: true;
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
    .option('--name <node>', 'only a node of this name may use it')
    .option('--locality <name>', 'whoever uses it may run there only, <region>/<zone>')
    .addOption(
      new Option(
        '--x509pop',
        'instead, an invitation for hosts that an enterprise vouches for',
      ).conflicts(['name', 'locality', 'life']),
    );
  addExamples(create, [
    ['selvage token create --data ./n1', 'the token is all that is printed on standard output'],
    ['selvage token create --life 10m --name n2', 'for ten minutes, and for the node n2 only'],
    [
      'selvage token create --x509pop',
      'no secret: for any host with a certificate, until this authority has other keys',
    ],
  ]);
  addNodeOptions(create).action(async (options: TokenOptions) => {
    const { life: lifeMs, name: nodeName, locality, x509pop } = options;
    const client = await connectToNode(context, options);
    if (x509pop === true) {
      const { invitation, joinAddress } = await client.createInvitation({});
      context.terminal.write(`${invitation}\n`);
      context.terminal.writeError(
        `good for every host with a certificate below a NodeAttestation, which must reach ${joinAddress}; ` +
          'use it with: selvage join INVITATION --x509pop --certificate FILE --key FILE --data DIR\n',
      );
      return;
    }
    const created = await client.createToken({ lifeMs, nodeName, locality });
    context.terminal.write(`${created.token}\n`);
    context.terminal.writeError(
      `good for one node until ${created.expiresAt}, which must reach ${created.joinAddress}; ` +
        'use it with: selvage join TOKEN --data DIR\n',
    );
    const { items } = await client.nodes({});
    if (items.some(({ name }) => name === nodeName)) {
      context.terminal.writeError(
        `warning: ${nodeName} is a node already: a host that joins with this token takes its place\n`,
      );
    }
  });
}

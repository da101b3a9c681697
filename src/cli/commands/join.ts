import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';

interface JoinFlags {
  readonly data: string;
  readonly name?: string;
}

/** Longest input that is taken for a token, bytes. */
const MAX_TOKEN_BYTES = 16 * 1024;

export function addJoin(program: Command, context: CliContext): void {
  const command = program
    .command('join')
    .description('make this host a node of a mesh, with a token of `selvage token create`')
    .argument('[token]', 'the token; `-` reads it from standard input (default: $SELVAGE_TOKEN)')
    .requiredOption('--data <dir>', 'data directory of the new node; it is made')
    .option('--name <node>', 'name of the node (default: that of its directory)');
  addExamples(command, [
    ['selvage join selvage1.eyJ0… --data ./n2', 'the node is called n2, as its directory'],
    ['ssh n1 selvage token create | selvage join - --data ./n2', 'no token in the shell’s history'],
  ]);
  command.action(async (argument: string | undefined, { data, name }: JoinFlags) => {
    const token = await readToken(context, argument);
    const { joinMesh } = await import('../../node/index.ts');
    const report = await joinMesh({
      token,
      dataDir: data,
      ...(name === undefined ? {} : { name }),
    });
    context.terminal.write(
      `${report.node} is a node of ${report.trustDomain}, with version ${report.trustVersion} ` +
        `of its trust repository\nstart it with: selvage node --data ${data}\n`,
    );
  });
}

async function readToken({ host, terminal }: CliContext, argument: string | undefined) {
  if (argument === '-') {
    const text = await terminal.readAll(MAX_TOKEN_BYTES);
    if (text !== undefined) return text.trim();
    throw new CliError('COMMAND_LINE_INVALID', 'standard input is too long for a token');
  }
  const token = argument ?? host.environment.SELVAGE_TOKEN;
  if (token !== undefined && token !== '') return token;
  throw new CliError('COMMAND_LINE_INVALID', 'no token was given', {
    remedy: 'Make one with `selvage token create` on a running authority.',
  });
}

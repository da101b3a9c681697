import type { Command } from 'commander';
import { readPrivateFile, readTextFile } from '../../platform/index.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';

interface JoinFlags {
  readonly data: string;
  readonly name?: string;
  readonly x509pop?: true;
  readonly certificate?: string;
  readonly key?: string;
}

/** A chain of five certificates in PEM with comments, bytes. */
const MAX_CERTIFICATE_BYTES = 128 * 1024;
/** Longest input that is taken for a token, bytes. */
const MAX_TOKEN_BYTES = 16 * 1024;

export function addJoin(program: Command, context: CliContext): void {
  const command = program
    .command('join')
    .description('make this host a node of a mesh, with a token of `selvage token create`')
    .argument('[token]', 'the token; `-` reads it from standard input (default: $SELVAGE_TOKEN)')
    .requiredOption('--data <dir>', 'data directory of the new node; it is made')
    .option('--name <node>', 'name of the node (default: that of its directory)')
    .option('--x509pop', 'by a certificate of an enterprise, with an invitation instead of a token')
    .option('--certificate <file>', 'the host’s certificate and those above it, PEM')
    .option('--key <file>', 'the private key of the host’s certificate, PEM');
  addExamples(command, [
    ['selvage join selvage1.eyJ0… --data ./n2', 'the node is called n2, as its directory'],
    ['ssh n1 selvage token create | selvage join - --data ./n2', 'no token in the shell’s history'],
    [
      'selvage join selvage1.pGF0… --x509pop --certificate host.pem --key host.key --data ./n2',
      'the enterprise vouches for this host',
    ],
  ]);
  command.action(async (argument: string | undefined, flags: JoinFlags) => {
    const { data, name } = flags;
    const certificate = readCertificate(flags);
    const token = await readToken(context, argument);
    const { joinMesh } = await import('../../node/index.ts');
    const report = await joinMesh({
      token,
      dataDir: data,
      ...(certificate === undefined ? {} : { certificate }),
      ...(name === undefined ? {} : { name }),
    });
    context.terminal.write(
      `${report.node} is a node of ${report.trustDomain}, with version ${report.trustVersion} ` +
        `of its trust repository\nstart it with: selvage node --data ${data}\n`,
    );
  });
}

function readCertificate({ x509pop, certificate, key }: JoinFlags) {
  if (x509pop === undefined && certificate === undefined && key === undefined) return undefined;
  if (x509pop === undefined || certificate === undefined || key === undefined) {
    const message = '--x509pop, --certificate and --key go together';
    throw new CliError('COMMAND_LINE_INVALID', message);
  }
  const chainPem = readTextFile(certificate, MAX_CERTIFICATE_BYTES);
  return { chainPem, keyPem: readPrivateFile(key) };
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

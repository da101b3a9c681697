import type { Command } from 'commander';
import { commandAs } from '../../platform/index.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addWorkloadOptions, sidecarOptions, type WorkloadFlags } from '../workload-options.ts';

interface RunFlags extends WorkloadFlags {
  readonly isolate?: boolean;
  readonly user?: string;
}

export function addRun(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('run a program behind its own sidecar; its exit code is the program’s')
    .usage('[options] -- <command...>')
    .argument('<command...>', 'the program and its arguments')
    .option(
      '--isolate',
      'give the program a network namespace of its own (root): it reaches its upstreams, its sidecar reaches it, and there is nothing else, no way out either; with --capture, every address leads to the sidecar',
    )
    .option('--user <name>', 'run the program, but not its sidecar, as this user (root)');
  addWorkloadOptions(command, { logLevel: 'warn' });
  addExamples(command, [
    [
      'selvage run --service web --port 8080 -- python3 -m http.server 8080 --bind 127.0.0.1',
      'serve web: callers reach the program through mutual TLS',
    ],
    [
      'selvage run --service client --upstream web=9001 -- curl -s http://127.0.0.1:9001/',
      'call web: the sidecar listens on 127.0.0.1:9001',
    ],
    [
      'selvage run --isolate --user shop --service client --upstream web=9001 -- ./client',
      'the same, and no other program of the host can call web with its identity',
    ],
  ]);
  command.action(async (words: string[], flags: RunFlags) => {
    const { runWorkload } = await import('../../sidecar/index.ts');
    const { createLog } = await import('../../telemetry/index.ts');
    const { terminal } = context;
    const log = createLog({
      level: flags.logLevel,
      name: 'run',
      destination: { write: terminal.writeError },
    });
    const options = sidecarOptions(context, flags);
    const interactive = terminal.attended;
    const say = (line: string) => terminal.writeError(`selvage: ${line}\n`);
    const isolate = flags.isolate === true;
    const command = await commandOf(words, flags.user);
    const run = { ...options, command, interactive, isolate, say };
    context.exitWith(await runWorkload(run, log));
  });
}

async function commandOf(words: readonly string[], user: string | undefined) {
  if (user === undefined) return words;
  const command = await commandAs(user, words);
  if (command !== undefined) return command;
  throw new CliError('COMMAND_LINE_INVALID', `--user: there is no user '${user}' on this host`, {
    remedy: 'Name one that `getent passwd` shows.',
  });
}

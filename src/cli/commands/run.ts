import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addWorkloadOptions, sidecarOptions, type WorkloadFlags } from '../workload-options.ts';

export function addRun(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('run a program behind its own sidecar; its exit code is the program’s')
    .usage('[options] -- <command...>')
    .argument('<command...>', 'the program and its arguments');
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
  ]);
  command.action(async (program_: string[], flags: WorkloadFlags) => {
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
    context.exitWith(await runWorkload({ ...options, command: program_, interactive, say }, log));
  });
}

import type { Command } from 'commander';
import { collectUpstream, parsePortOption, type WrittenUpstream } from '../arguments.ts';
import type { CliContext } from '../context.ts';

interface DemoServiceFlags {
  readonly port: number;
  readonly version?: string;
  readonly reads?: string;
  readonly upstream: readonly WrittenUpstream[];
}

/** One program of the demo's shop. Not shown in the help: the demo starts it. */
export function addDemoService(program: Command, context: CliContext): void {
  program
    .command('demo-service', { hidden: true })
    .argument('<name>')
    .requiredOption('--port <port>', 'where it listens', parsePortOption)
    .option('--version <version>', 'told in every answer')
    .option('--reads <file>', 'file to which the id of each request is added')
    .option('--upstream <service=port>', 'local port of a service', collectUpstream, [])
    .action(async (name: string, { port, version, reads, upstream }: DemoServiceFlags) => {
      const { runDemoService } = await import('../../demo/index.ts');
      const upstreams = Object.fromEntries(
        upstream.flatMap(({ service, port: local }) =>
          local === undefined ? [] : [[service, local]],
        ),
      );
      const code = await runDemoService(name, {
        port,
        upstreams,
        ...(version === undefined ? {} : { version }),
        ...(reads === undefined ? {} : { reads }),
      });
      context.exitWith(code);
    });
}

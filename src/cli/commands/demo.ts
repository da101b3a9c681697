import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';

interface DemoFlags {
  readonly exit?: boolean;
  readonly keep?: boolean;
  readonly only?: readonly string[];
}

export function addDemo(program: Command, context: CliContext): void {
  const command = program
    .command('demo')
    .description('open a small shop on three nodes of this host, and say what to try')
    .option('--exit', 'run the checks instead, one line each, and end')
    .option('--keep', 'leave the directory with all state and logs behind')
    .option('--only <numbers>', 'run these checks only, such as 2,5', parseNumbers);
  addExamples(command, [
    ['selvage demo', 'a tour, until Ctrl-C'],
    ['selvage demo --exit', 'the mesh’s promises, put to the proof'],
    ['selvage demo --exit --keep --only 6', 'one check, with its logs kept'],
  ]);
  command.action(async ({ exit, keep, only }: DemoFlags) => {
    const { runDemo } = await import('../../demo/index.ts');
    const code = await runDemo({
      exit: exit === true,
      keep: keep === true,
      ...(only === undefined ? {} : { only }),
    });
    context.exitWith(code);
  });
}

function parseNumbers(text: string): readonly string[] {
  if (/^\d+(,\d+)*$/.test(text)) return text.split(',');
  throw new InvalidArgumentError(`write numbers with commas between them, such as 2,5.`);
}

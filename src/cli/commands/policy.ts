import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addPolicyTemplates } from './policy-new.ts';

export function addPolicy(program: Command, context: CliContext): void {
  const policy = program.command('policy').description('write, lay out and test policies');
  addPolicyTemplates(policy, context);
  addFormat(policy, context);
  addTest(policy, context);
}

function addFormat(policy: Command, { terminal }: CliContext): void {
  const command = policy
    .command('fmt')
    .description('lay out Cedar files as Cedar’s own formatter does')
    .argument('<file...>', 'Cedar file or directory')
    .option('-w, --write', 'write the files instead of printing them');
  addExamples(command, [['selvage policy fmt -w policies/', 'every Cedar file of a directory']]);
  command.action(async (paths: readonly string[], { write = false }: { write?: boolean }) => {
    const { formatFiles } = await import('../policy-layout.ts');
    for (const { path, text, isChanged } of formatFiles(paths, write)) {
      if (!write) terminal.write(text);
      else if (isChanged) terminal.write(`${path}\n`);
    }
  });
}

function addTest(policy: Command, { terminal }: CliContext): void {
  const command = policy
    .command('test')
    .description('ask the policies of a directory what its tables (*.test.yaml) expect')
    .argument('<path...>', 'table, policy or directory');
  addExamples(command, [['selvage policy test examples/policies/', 'every table of a directory']]);
  command.action(async (paths: readonly string[]) => {
    const { refuseDifferences, runPolicyTests } = await import('../policy-tests/index.ts');
    const reports = runPolicyTests(paths);
    for (const { file, cases, differences } of reports) {
      if (differences.length === 0)
        terminal.write(`${file}: ${cases === 1 ? '1 case holds' : `${cases} cases hold`}\n`);
    }
    refuseDifferences(reports);
    if (reports.length === 0) terminal.writeError('no table (*.test.yaml) stands there\n');
  });
}

import type { Command } from 'commander';

export type Example = readonly [commandLine: string, meaning: string];

const examplesOf = new WeakMap<Command, readonly Example[]>();

/** Examples for `--help` and for the reference page. */
export function addExamples(command: Command, examples: readonly Example[]): void {
  examplesOf.set(command, examples);
  const lines = examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

export const listExamples = (command: Command): readonly Example[] => examplesOf.get(command) ?? [];

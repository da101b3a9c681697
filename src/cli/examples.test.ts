import { expect, test } from 'bun:test';
import type { Command } from 'commander';
import { commands } from './commands/index.ts';
import { listExamples } from './examples.ts';
import { buildProgram } from './program.ts';
import { nowhere } from './reference.ts';

/** The commands of a line with its words, each without what another program gets of it. */
const callsIn = (line: string): string[][] =>
  [...line.matchAll(/(?:^|[\s"(])selvage ([^|)]*)/g)].map(([, words = '']) =>
    (words.split(' -- ')[0] ?? '').trim().split(/\s+/),
  );

function unknownFlags(program: Command, words: readonly string[]): string[] {
  let command = program;
  for (const word of words) {
    const inner = command.commands.find((one) => one.name() === word);
    if (inner === undefined) break;
    command = inner;
  }
  const known = new Set([...command.options, ...program.options].map(({ long }) => long));
  const flags = words.flatMap((word) => /^--[a-z0-9-]+/.exec(word) ?? []);
  return flags.filter((flag) => !known.has(flag) && flag !== '--help');
}

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

test('every flag in an example is one of its command', () => {
  const program = buildProgram(nowhere, commands);
  const lines = all(program).flatMap((command) => listExamples(command).map(([line]) => line));
  const calls = lines.flatMap(callsIn);
  expect(calls.length).toBeGreaterThan(80);
  const wrong = calls.filter((words) => unknownFlags(program, words).length > 0);
  expect(wrong.map((words) => words.join(' '))).toEqual([]);
});

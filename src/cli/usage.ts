import type { Command } from 'commander';

/** The command as it is typed: `selvage authority add`. */
export const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;

/** The command of a group that is called so, in full or in short. */
export const innerCommand = (group: Command, word: string): Command | undefined =>
  group.commands.find((one) => one.name() === word || one.aliases().includes(word));

/** How the command is written, with every flag that it cannot do without: `selvage init --data <dir> [options]`. */
export function usageLine(command: Command): string {
  const flags = command.options.filter(({ mandatory }) => mandatory).map(flagWords);
  return [fullName(command), ...flags, command.usage()].join(' ');
}

/** What the command cannot do without and was not told, as it is written; to be asked once its line was read. */
export const missingFrom = (command: Command): readonly string[] => [
  ...command.registeredArguments
    .filter(({ required }, at) => required && command.args[at] === undefined)
    .map((argument) => `<${argument.name()}>`),
  ...command.options
    .filter((flag) => flag.mandatory && command.getOptionValue(flag.attributeName()) === undefined)
    .map(flagWords),
];

/** What the command was told and takes no more. */
export const excessOf = (command: Command): readonly string[] =>
  command.args.slice(command.registeredArguments.length);

/** `--file <path>`, without its short form. */
const flagWords = ({ flags }: Command['options'][number]): string => flags.replace(/^-\w, /, '');

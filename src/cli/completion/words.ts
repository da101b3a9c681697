import type { Command } from 'commander';

/** What can be typed after one command: its subcommands and its flags. */
export interface CompletionNode {
  /** The command line so far, without the program's name: `get nodes`; empty for the program. */
  readonly path: string;
  readonly words: readonly CompletionWord[];
}

export interface CompletionWord {
  readonly word: string;
  readonly description: string;
}

/** Every command of `program` with the words that may follow it. */
export function completionNodes(program: Command): CompletionNode[] {
  return [nodeOf('', program), ...below('', program)];
}

const below = (path: string, command: Command): CompletionNode[] =>
  visible(command).flatMap((child) => {
    const childPath = `${path} ${child.name()}`.trim();
    return [nodeOf(childPath, child), ...below(childPath, child)];
  });

function nodeOf(path: string, command: Command): CompletionNode {
  const commands = named(command).map((child) => ({
    word: child.name(),
    description: child.description(),
  }));
  const flags = command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', description }));
  return { path, words: [...commands, ...flags] };
}

/** The commands that may be named after this one: after `help` those that it stands among. */
const named = (command: Command): readonly Command[] =>
  visible(command.name() === 'help' ? (command.parent ?? command) : command);

const visible = (command: Command): readonly Command[] =>
  command.createHelp().visibleCommands(command);

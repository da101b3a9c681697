import type { Argument, Command, Option } from 'commander';
import { EXIT } from '../core/index.ts';
import { commands } from './commands/index.ts';
import type { CliContext } from './context.ts';
import { listExamples } from './examples.ts';
import { buildProgram } from './program.ts';
import { fullName, usageLine } from './usage.ts';

const unused = (): never => {
  throw new Error('a command ran while its reference was written');
};

/** A context for a program that is only looked at. */
export const nowhere: CliContext = {
  host: { pid: 0, uid: 0, directory: '/', args: [], environment: {} },
  terminal: {
    interactive: false,
    columns: undefined,
    attended: false,
    colours: { out: false, error: false },
    write: unused,
    writeError: unused,
    readAll: unused,
    ask: unused,
    askSecret: unused,
  },
  clock: { now: unused, monotonic: unused, after: unused, every: unused },
  findNodes: unused,
  connect: unused,
  stopSignal: unused,
  exitWith: unused,
};

/** The reference page of the command line, in Markdown, from the program itself. */
export function cliReference(): string {
  const program = buildProgram(nowhere, commands);
  const sections = commandsOf(program).map((command) => section(command));
  return `# Command line

\`-v\`, \`--verbose\` stands anywhere and prints what caused an error, too. Colours are used on a
terminal only, and not with \`NO_COLOR\`.

Commands that ask a node find it so: \`--admin-socket PATH\`, else \`--data DIR\`, else the variable
\`SELVAGE_ADMIN_SOCKET\`, else any running node of this user, if all of them belong to one mesh.

| exit code | meaning |
|---|---|
| ${EXIT.ok} | it was done |
| ${EXIT.internal} | a fault of ours |
| ${EXIT.usage} | the command line, a file or a setting is wrong |
| ${EXIT.refused} | the mesh or a rule says no |
| ${EXIT.unavailable} | something that is needed does not answer now |

\`selvage run\` ends with the exit code of its command.

${sections.join('\n')}`;
}

/** Commands that do something themselves; one that only holds others is no section. */
const commandsOf = (command: Command): Command[] => {
  // Commander shows a `help` that belongs to no command among those of a group.
  const shown = command.createHelp().visibleCommands(command);
  const inner = shown.filter(({ parent }) => parent !== null);
  return inner.length === 0 ? [command] : inner.flatMap(commandsOf);
};

function section(command: Command): string {
  const examples = listExamples(command).map(([line, meaning]) => `# ${meaning}\n${line}`);
  const parts = [
    `## ${fullName(command)}`,
    `${sentence(command.description())}`,
    `\`\`\`\n${usageLine(command)}\n\`\`\``,
    table([...command.registeredArguments.map(argumentRow), ...optionsOf(command).map(optionRow)]),
    examples.length === 0 ? '' : `\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const optionsOf = (command: Command): readonly Option[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help');

const argumentRow = (argument: Argument): string =>
  row(argument.name(), argument.description, undefined, argument.argChoices);

const optionRow = (option: Option): string => {
  const fallback = option.defaultValueDescription ?? plain(option.defaultValue);
  const need = option.mandatory ? 'required' : fallback;
  return row(option.flags, option.description, need, option.argChoices);
};

/** Defaults that a person could have typed; empty lists and the like are no news. */
const plain = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

function row(
  name: string,
  description: string,
  fallback: string | undefined,
  choices: readonly string[] | undefined,
): string {
  const choice = choices === undefined ? '' : ` (${choices.join(', ')})`;
  return `| \`${name}\` | ${sentence(description)}${choice} | ${fallback ?? ''} |`;
}

const table = (rows: readonly string[]): string =>
  rows.length === 0
    ? ''
    : ['| argument or flag | meaning | default |', '|---|---|---|', ...rows].join('\n');

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

import { signalExitCode } from './signals.ts';

const ENTER = /[\r\n]/;
const INTERRUPT = '\u0003'; // Ctrl-C, which is only a character while the terminal is raw
const END = '\u0004'; // Ctrl-D
const ERASE_LINE = '\u0015'; // Ctrl-U
const ERASE = new Set(['\u007f', '\b']);

/** What was typed, or pasted, beyond the line that was asked for: the answer to the next question. */
let typedAhead = '';

/** Asks, and reads one line that a person types; empty when the input ends. */
export function askLine(question: string): Promise<string> {
  process.stderr.write(question);
  return readTyped(takeLine);
}

/**
 * Asks, and reads one line that a person types, showing none of it. Ctrl-C ends the process, as it does elsewhere.
 * The terminal shows again what is typed when this returns.
 */
export async function askHiddenLine(question: string): Promise<string> {
  process.stdin.setRawMode(true); // before the question: who sees it may type at once
  process.stderr.write(question);
  try {
    return await readTyped(takeHidden);
  } finally {
    process.stdin.setRawMode(false);
    process.stderr.write('\n');
  }
}

/** A line and what comes after it; undefined while there is no whole line. */
type Take = (typed: string) => { readonly line: string; readonly rest: string } | undefined;

function readTyped(take: Take): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    const stop = (line: string, rest: string): void => {
      typedAhead = rest;
      stdin.off('data', more).off('end', end).off('error', reject);
      stdin.pause();
      resolve(line);
    };
    const end = (): void => stop(typedAhead, '');
    const more = (chunk: string): void => {
      typedAhead += chunk;
      const taken = take(typedAhead);
      if (taken !== undefined) stop(taken.line, taken.rest);
    };
    stdin.setEncoding('utf8');
    stdin.on('data', more).on('end', end).on('error', reject).resume();
    more('');
  });
}

const takeLine: Take = (typed) => {
  const at = typed.search(ENTER);
  return at < 0 ? undefined : { line: typed.slice(0, at), rest: typed.slice(at + 1) };
};

/** As the terminal would edit a line, were it not raw. */
const takeHidden: Take = (typed) => {
  let line: string[] = [];
  const characters = [...typed];
  for (const [index, character] of characters.entries()) {
    if (character === INTERRUPT) interrupt();
    if (ENTER.test(character) || character === END) {
      return { line: line.join(''), rest: characters.slice(index + 1).join('') };
    }
    if (character === ERASE_LINE) line = [];
    else if (ERASE.has(character)) line.pop();
    else line.push(character);
  }
  return undefined;
};

function interrupt(): never {
  process.stdin.setRawMode(false);
  process.stderr.write('\n');
  process.exit(signalExitCode('SIGINT'));
}

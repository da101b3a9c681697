import { systemErrorCode } from './system-error.ts';
import { askHiddenLine, askLine } from './terminal-input.ts';

/** Where a command reads from and writes to. */
export interface Terminal {
  /** Is standard output a person's terminal? Then it may be redrawn. */
  readonly interactive: boolean;
  /** How many characters fit into its lines; undefined where no person reads. */
  readonly columns: number | undefined;
  /** Is a person's keyboard at standard input? Then Ctrl-C reaches all processes started from here. */
  readonly attended: boolean;
  /** May colours be used on standard output, on standard error? */
  readonly colours: { readonly out: boolean; readonly error: boolean };
  write(text: string): void;
  writeError(text: string): void;
  /** Standard input to its end, at most `maxBytes`; undefined when it is longer. */
  readAll(maxBytes: number): Promise<string | undefined>;
  /** Asks on standard error and reads one line; undefined when no person is there to answer. */
  ask(question: string): Promise<string | undefined>;
  /** As `ask`, for a secret: what is typed is not shown, and taken as it is. */
  askSecret(question: string): Promise<string | undefined>;
}

/** 128 + SIGPIPE: what a shell says of a program whose reader went away (`selvage … | head`). */
const BROKEN_PIPE_EXIT = 141;

/**
 * The process's own streams. NO_COLOR (no-color.org) and TERM=dumb switch colours off. When the
 * reader of standard output goes away, the process ends without a word, as other programs do.
 */
export function processTerminal(): Terminal {
  process.stdout.on('error', (error) => {
    if (systemErrorCode(error) === 'EPIPE') process.exit(BROKEN_PIPE_EXIT);
    throw error;
  });
  const plain = (process.env.NO_COLOR ?? '') !== '' || process.env.TERM === 'dumb';
  return {
    interactive: process.stdout.isTTY === true,
    get columns() {
      return process.stdout.columns || undefined; // 0 on a terminal that does not say
    },
    attended: process.stdin.isTTY === true,
    colours: {
      out: !plain && process.stdout.isTTY === true,
      error: !plain && process.stderr.isTTY === true,
    },
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    readAll: readStandardInput,
    ask: async (question) => (await asked(question, askLine))?.trim(),
    askSecret: (question) => asked(question, askHiddenLine),
  };
}

async function readStandardInput(maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of Bun.stdin.stream()) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function asked(
  question: string,
  ask: (question: string) => Promise<string>,
): Promise<string | undefined> {
  const isAnybodyThere = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return isAnybodyThere ? await ask(question) : undefined;
}

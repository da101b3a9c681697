import { resolve } from 'node:path';
import { eventually } from '../src/ports/testing/index.ts';

const program = resolve(import.meta.dir, '../bin/selvage');
/** A sealed key takes a second, and several beside a load. */
const DEADLINE_MS = 15_000;

/** A command line on a terminal of its own, and what a person sees there. */
export class PersonAtTerminal {
  #seen = '';
  readonly #process;
  readonly #terminal;

  constructor(args: readonly string[]) {
    this.#terminal = new Bun.Terminal({
      cols: 200,
      rows: 50,
      data: (_, bytes) => {
        this.#seen += new TextDecoder().decode(bytes);
      },
    });
    this.#process = Bun.spawn([program, ...args], { terminal: this.#terminal });
  }

  /** All that was on the screen. */
  get seen(): string {
    return this.#seen;
  }

  /** Waits for a question, and types. */
  async answer(question: string, typed: string): Promise<void> {
    await eventually(question, () => this.#seen.includes(question), DEADLINE_MS);
    this.#terminal.write(typed);
  }

  /** Waits for the end; the exit code. */
  async end(): Promise<number> {
    const code = await this.#process.exited;
    this.#terminal.close();
    return code;
  }
}

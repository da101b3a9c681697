import { resolve } from 'node:path';
import { eventually } from '../src/ports/testing/index.ts';

const program = resolve(import.meta.dir, '../bin/selvage');
/** A sealed key takes a second, and many beside a load. */
const DEADLINE_MS = 45_000;
/** A terminal does not say when all was read that stood in it: when nothing came for so long. */
const SILENCE_MS = 250;

/** A command line on a terminal of its own, and what a person sees there. */
export class PersonAtTerminal {
  #seen = '';
  #heardAt = performance.now();
  readonly #process;
  readonly #terminal;

  constructor(args: readonly string[]) {
    this.#terminal = new Bun.Terminal({
      cols: 200,
      rows: 50,
      data: (_, bytes) => {
        this.#seen += new TextDecoder().decode(bytes);
        this.#heardAt = performance.now();
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

  /** Ends what goes on by itself; then wait for the end. */
  stop(): void {
    this.#process.kill('SIGTERM');
  }

  /** Waits for the end; the exit code. */
  async end(): Promise<number> {
    const code = await this.#process.exited;
    const endedAt = performance.now();
    const isSilent = () => performance.now() - Math.max(this.#heardAt, endedAt) > SILENCE_MS;
    await eventually('the last of its output', isSilent, DEADLINE_MS);
    this.#terminal.close();
    return code;
  }
}

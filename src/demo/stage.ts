import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Child,
  hostProcess,
  killProcess,
  processesWith,
  realClock,
  runCommand,
  selfCommand,
  startChild,
} from '../platform/index.ts';
import { DemoError } from './errors.ts';
import { notYet, there, waitFor } from './waiting.ts';

/** Names the stage in the environment of all that runs on it, so that nothing is left behind. */
const MARK = 'DEMO_STAGE';
/** A unix socket's path has at most 104 bytes on some systems; the stage's own part needs about 30. */
const MAX_PARENT_CHARACTERS = 60;
const COMMAND_TIMEOUT_MS = 30_000;
const ORDERLY_END_MS = 5_000;

/**
 * A fresh directory of mode 0700 and every process that was started in it. All of them are this very
 * program, run through its own command line, as a person would.
 */
export class Stage {
  readonly directory: string;
  readonly logs: string;
  /** Where its nodes leave a note, so that commands find them. */
  readonly runtimeDirectory: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #command: readonly string[];
  readonly #children: Child[] = [];
  #closed = false;

  /** `command`: how `selvage` is started; as this very program when left out. */
  constructor(command = selfCommand()) {
    this.#command = command;
    const { environment } = hostProcess();
    const temporary = environment.TMPDIR ?? '/tmp';
    const parent = temporary.length > MAX_PARENT_CHARACTERS ? '/tmp' : temporary;
    this.directory = mkdtempSync(join(parent, 'selvage-demo-'));
    this.logs = this.path('logs');
    mkdirSync(this.logs);
    this.runtimeDirectory = this.path('run');
    this.#environment = {
      // Settings that are meant for the person's own mesh are not handed down.
      ...Object.fromEntries(
        Object.entries(environment).filter(([name]) => !name.startsWith('SELVAGE_')),
      ),
      NO_COLOR: '1',
      SELVAGE_RUNTIME_DIR: this.runtimeDirectory,
      [MARK]: this.directory,
    };
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  /**
   * Runs `selvage <args>` to its end and returns what it printed.
   *
   * @throws DemoError DEMO_COMMAND_FAILED, DEMO_CLOSED
   */
  async run(args: readonly string[]): Promise<string> {
    this.#requireOpen(args);
    const result = await runCommand({
      command: [...this.#command, ...args],
      environment: this.#environment,
      directory: this.directory,
      timeoutMs: COMMAND_TIMEOUT_MS,
    });
    if (result.code === 0) return result.output;
    const how = result.code === null ? `was ended by ${result.signal}` : `gave ${result.code}`;
    const said = `${result.errorOutput}${result.output}`.trim();
    throw new DemoError('DEMO_COMMAND_FAILED', `selvage ${args.join(' ')}: ${how}: ${said}`);
  }

  /**
   * Starts `selvage <args>` and lets it run; its output goes to `logs/<name>.log`.
   *
   * @throws DemoError DEMO_CLOSED
   */
  start(name: string, args: readonly string[]): Child {
    this.#requireOpen(args);
    const child = startChild({
      command: [...this.#command, ...args],
      environment: this.#environment,
      directory: this.directory,
      logPath: join(this.logs, `${name}.log`),
    });
    this.#children.push(child);
    return child;
  }

  /** What is interrupted may still be on its way to the next step. */
  #requireOpen(args: readonly string[]): void {
    if (!this.#closed) return;
    throw new DemoError('DEMO_CLOSED', `'selvage ${args[0]}' comes too late`);
  }

  /** Ends all that still runs, kindly first; deletes the directory unless it is to be kept. */
  async close(keep: boolean): Promise<void> {
    this.#closed = true;
    const running = this.#children.filter((child) => child.ended() === undefined);
    for (const child of running) child.kill('SIGTERM');
    const limit = new Promise<void>((resolve) => {
      realClock.after(ORDERLY_END_MS, resolve);
    });
    await Promise.race([Promise.all(running.map((child) => child.exited)), limit]);
    for (const child of running) child.kill('SIGKILL');
    await this.#sweep();
    if (!keep) rmSync(this.directory, { recursive: true, force: true });
  }

  /** What children of killed processes left running. One that is just being started shows no mark. */
  async #sweep(): Promise<void> {
    let emptyLooks = 0;
    await waitFor(realClock, 'every process of the demo to end', ORDERLY_END_MS, () => {
      const left = processesWith(MARK, this.directory);
      for (const pid of left) killProcess(pid);
      emptyLooks = left.length === 0 ? emptyLooks + 1 : 0;
      return emptyLooks > 1 ? there(undefined) : notYet(`processes ${left.join(', ')}`);
    });
  }
}

import { type AttachedChild, type StopSignal, signalExitCode } from '../platform/index.ts';

type Application = Pick<AttachedChild, 'kill'>;

export interface EndingParts {
  /** Whether Ctrl-C at the terminal reaches the application without us. */
  readonly interactive: boolean;
  /** Gives up what is still open. */
  readonly endAtOnce: () => void;
}

/**
 * What signals mean to a `selvage run`. They are the application's while it runs, and as soon as it does; once it
 * has ended, and its sidecar finishes what is open, whoever sends one does not want to wait.
 */
export class EndingSignals {
  readonly #parts: EndingParts;
  readonly #early: StopSignal[] = [];
  #application: Application | undefined;
  #taken = 0;
  #exitCode: number | undefined;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  take(signal: StopSignal): void {
    this.#taken += 1;
    if (this.#application === undefined) this.#early.push(signal);
    else if (this.#exitCode === undefined) {
      // At a terminal, Ctrl-C reaches the whole foreground group: once is enough.
      if (signal !== 'SIGINT' || !this.#parts.interactive) this.#application.kill(signal);
    } else {
      // The very Ctrl-C that ended the application may be heard here after its end.
      const isThatOne = this.#taken === 1 && this.#exitCode === signalExitCode(signal);
      if (!isThatOne) this.#parts.endAtOnce();
    }
  }

  applicationStarted(application: Application): void {
    this.#application = application;
    // Those that were sent before it was there, a terminal's Ctrl-C among them, did not reach it.
    for (const signal of this.#early.splice(0)) application.kill(signal);
  }

  applicationEnded(exitCode: number): void {
    this.#exitCode = exitCode;
  }
}

import { type AttachedChild, type StopSignal, signalExitCode } from '../platform/index.ts';

export interface EndingParts {
  readonly application: Pick<AttachedChild, 'kill'>;
  /** Whether Ctrl-C at the terminal reaches the application without us. */
  readonly interactive: boolean;
  /** Gives up what is still open. */
  readonly endAtOnce: () => void;
}

/**
 * What signals mean to a `selvage run`. While the application runs they are the application's; once it has
 * ended, and its sidecar finishes what is open, whoever sends one does not want to wait.
 */
export class EndingSignals {
  readonly #parts: EndingParts;
  #taken = 0;
  #exitCode: number | undefined;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  take(signal: StopSignal): void {
    const { application, interactive, endAtOnce } = this.#parts;
    this.#taken += 1;
    if (this.#exitCode === undefined) {
      // At a terminal, Ctrl-C reaches the whole foreground group: once is enough.
      if (signal !== 'SIGINT' || !interactive) application.kill(signal);
      return;
    }
    // The very Ctrl-C that ended the application may be heard here after its end.
    const isThatOne = this.#taken === 1 && this.#exitCode === signalExitCode(signal);
    if (!isThatOne) endAtOnce();
  }

  applicationEnded(exitCode: number): void {
    this.#exitCode = exitCode;
  }
}

import type { Clock, Timer } from '../ports/index.ts';
import type { SidecarMessage } from '../snapshot/index.ts';

/** Between two announcements of one workload, milliseconds: each goes to every member. */
const ANNOUNCEMENT_PERIOD_MS = 100;
/** How soon what could not be told is told again, milliseconds, if nothing else changes before: the disk may be full. */
const TELL_AGAIN_MS = 10_000;

/** What a sidecar says of its endpoint. */
export type SaidEndpoint = Omit<Extract<SidecarMessage, { type: 'endpoint' }>, 'type'>;

/** Tells the members what a sidecar says of its endpoint: the last of it, at once or when they may be told again. */
export class Announcement {
  readonly #clock: Clock;
  /** False when it could not be told now. */
  readonly #tell: (said: SaidEndpoint) => boolean;
  /** Said by the sidecar, and not told to the members yet. */
  #untold: SaidEndpoint | undefined;
  /** While it runs, what the sidecar says waits. */
  #pause: Timer | undefined;
  #again: Timer | undefined;

  constructor(clock: Clock, tell: (said: SaidEndpoint) => boolean) {
    this.#clock = clock;
    this.#tell = tell;
  }

  say(said: SaidEndpoint): void {
    this.#untold = said;
    this.tryAgain();
  }

  /** Tells what could not be told before; nothing happens when there is nothing. */
  tryAgain(): void {
    if (this.#untold === undefined || this.#pause !== undefined) return;
    this.#again?.cancel();
    if (!this.#tell(this.#untold)) {
      this.#again = this.#clock.after(TELL_AGAIN_MS, () => this.tryAgain());
      return;
    }
    this.#untold = undefined;
    this.#pause = this.#clock.after(ANNOUNCEMENT_PERIOD_MS, () => {
      this.#pause = undefined;
      this.tryAgain();
    });
  }

  /** The sidecar took it back. */
  forget(): void {
    this.#untold = undefined;
  }

  stop(): void {
    this.#untold = undefined;
    this.#pause?.cancel();
    this.#again?.cancel();
  }
}

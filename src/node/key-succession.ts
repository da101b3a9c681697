import type { RolloutView } from '../admin/index.ts';
import type { Clock, EpochMs, Timer } from '../ports/index.ts';
import type { AuthorityRole } from './authority-role.ts';

/** By then a member that has not heard of the next certificate is treated as one that is away, milliseconds. */
const LONGEST_WAIT_MS = 5 * 60_000;

export interface KeySuccessionParts {
  readonly role: Pick<AuthorityRole, 'succession' | 'succeed'>;
  /** How far what is in force here has come. */
  readonly rollout: () => Pick<RolloutView, 'complete'>;
  readonly clock: Clock;
}

/**
 * When an authority goes over to its next keys: once all living members enforce a set that names them, so that nobody
 * refuses what they sign; at the latest after five minutes, or half of the time that the keys in use have left.
 */
export class KeySuccession {
  readonly #parts: KeySuccessionParts;
  #latest: EpochMs | undefined;
  #timer: Timer | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(parts: KeySuccessionParts) {
    this.#parts = parts;
  }

  /** Called when other keys sign from now on. */
  onSuccession(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** To be called when other rules are in force, or members say what they enforce. */
  readonly follow = (): void => {
    const { role, rollout, clock } = this.#parts;
    this.#timer?.cancel();
    const succession = role.succession();
    if (succession === undefined) {
      this.#latest = undefined;
      return;
    }
    const now = clock.now();
    const { untilMs } = succession;
    this.#latest ??=
      untilMs === undefined ? now : now + Math.min(LONGEST_WAIT_MS, (untilMs - now) / 2);
    if (now < this.#latest && !rollout().complete) {
      this.#timer = clock.after(this.#latest - now, this.follow);
      return;
    }
    this.#latest = undefined;
    role.succeed();
    for (const listener of this.#listeners) listener();
  };

  stop(): void {
    this.#timer?.cancel();
  }
}

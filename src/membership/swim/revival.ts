import type { DetectorParts } from './detector-parts.ts';
import { ASKED_BY_ALL_MS, ASKERS_OF_DEAD } from './limits.ts';
import type { Prober } from './prober.ts';

/**
 * Asks the dead now and then, one at random, so that healed partitions find each other. All ask those that were heard of
 * lately, and all do while members come back. Whoever is silent for long is asked by few: no mesh may flood where
 * somebody once was.
 */
export class Revival {
  readonly #parts: DetectorParts;
  readonly #prober: Prober;
  #dueAt = 0;
  /** How many were dead when it was due last. */
  #dead = 0;
  #cameBackAt = Number.NEGATIVE_INFINITY;

  constructor(parts: DetectorParts, prober: Prober) {
    this.#parts = parts;
    this.#prober = prober;
  }

  start(now: number): void {
    this.#dueAt = now + this.#parts.profile.reviveMs;
  }

  /** A period has begun. */
  step(now: number): void {
    if (now < this.#dueAt) return;
    this.start(now);
    const { table, random } = this.#parts;
    const deadBefore = this.#dead;
    this.#dead = table.count('dead');
    if (this.#dead < deadBefore) this.#cameBackAt = now;
    const dead = table.pickDead(random);
    if (dead === undefined) return;
    const silentMs = now - (table.facts(dead).lastContactAt ?? 0);
    const isLately = Math.min(silentMs, now - this.#cameBackAt) < ASKED_BY_ALL_MS;
    const share = (ASKERS_OF_DEAD * this.#dead) / table.living;
    if (isLately || random.fraction() < share) this.#prober.check(dead, now);
  }

  /** One answered: where one is back, more are. */
  answered(now: number): void {
    const dead = this.#parts.table.pickDead(this.#parts.random);
    if (dead !== undefined) this.#prober.check(dead, now);
  }
}

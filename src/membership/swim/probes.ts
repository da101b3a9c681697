import type { Random } from '../../ports/index.ts';
import type { ProbeNumber } from './message.ts';
import { ROUND_PERIODS } from './profile.ts';
import type { Handle } from './roster.ts';

/** A question to one member that is not answered yet. */
export interface Probe {
  readonly number: ProbeNumber;
  readonly target: Handle;
  readonly sentAt: number;
  /** Asked because its turn had come in the random order, not because of anything that anybody is, said or did. */
  readonly isInTurn: boolean;
  /** Periods since. */
  age: number;
  /** Members that were asked to ask it too. */
  asked: number;
  /** One of these answered, whatever: so this node's own way works. */
  isHelped: boolean;
  /** It answered over a stream. */
  isReached: boolean;
  /** Held dead, it said something, or connected. */
  isHeard: boolean;
}

/** So long a late answer is listened to: as long as most suspicions last. */
const OVERDUE_PERIODS = 16;
/** Numbers are 32 bits on the wire. */
const NUMBERS = 2 ** 32;

/** Questions under way. Their numbers cannot be foreseen, so that no answer can be had before its question. */
export class Probes {
  readonly #random: Random;
  readonly #probes = new Map<ProbeNumber, Probe>();
  /** Over, but an answer would still be worth having. */
  readonly #overdue = new Map<ProbeNumber, Probe>();

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#probes.size;
  }

  begin(target: Handle, now: number, isInTurn: boolean): Probe {
    const number = Math.floor(this.#random.fraction() * NUMBERS);
    const probe = {
      number,
      target,
      sentAt: now,
      isInTurn,
      age: 0,
      asked: 0,
      isHelped: false,
      isReached: false,
      isHeard: false,
    };
    this.#probes.set(number, probe);
    return probe;
  }

  /** Over or not. */
  get(number: ProbeNumber, target: Handle): Probe | undefined {
    const probe = this.#probes.get(number) ?? this.#overdue.get(number);
    return probe?.target === target ? probe : undefined;
  }

  /** By number alone: a helper does not say again whom it was asked about. */
  ofNumber(number: ProbeNumber): Probe | undefined {
    return this.#probes.get(number);
  }

  /** Not over. */
  of(target: Handle): Probe | undefined {
    for (const probe of this.#probes.values()) if (probe.target === target) return probe;
    return undefined;
  }

  end(probe: Probe): void {
    this.#probes.delete(probe.number);
    this.#overdue.delete(probe.number);
  }

  forget(target: Handle): void {
    for (const probe of this.#probes.values()) if (probe.target === target) this.end(probe);
    for (const probe of this.#overdue.values()) if (probe.target === target) this.end(probe);
  }

  /** A period has passed: tells which have waited one, and which for too long; these are over. */
  age(waited: (probe: Probe) => void, failed: (probe: Probe) => void): void {
    for (const probe of this.#overdue.values()) {
      probe.age += 1;
      if (probe.age >= OVERDUE_PERIODS) this.end(probe);
    }
    for (const probe of this.#probes.values()) {
      probe.age += 1;
      if (probe.age < ROUND_PERIODS) {
        waited(probe);
        continue;
      }
      this.#probes.delete(probe.number);
      this.#overdue.set(probe.number, probe);
      failed(probe);
    }
  }
}

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
const NONE: readonly Probe[] = [];
/** Numbers are 32 bits on the wire. */
const NUMBERS = 2 ** 32;

/** Questions under way. Their numbers cannot be foreseen, so that no answer can be had before its question. */
export class Probes {
  readonly #random: Random;
  /** Few, most often one: in the order in which they began. */
  readonly #waiting: Probe[] = [];
  /** Over, but an answer would still be worth having. */
  readonly #overdue = new Map<ProbeNumber, Probe>();

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#waiting.length;
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
    this.#waiting.push(probe);
    return probe;
  }

  /** Over or not. */
  get(number: ProbeNumber, target: Handle): Probe | undefined {
    const waiting = this.ofNumber(number);
    if (waiting === undefined && this.#overdue.size === 0) return undefined;
    const probe = waiting ?? this.#overdue.get(number);
    return probe?.target === target ? probe : undefined;
  }

  /** By number alone: a helper does not say again whom it was asked about. */
  ofNumber(number: ProbeNumber): Probe | undefined {
    for (const probe of this.#waiting) if (probe.number === number) return probe;
    return undefined;
  }

  /** Not over. */
  of(target: Handle): Probe | undefined {
    for (const probe of this.#waiting) if (probe.target === target) return probe;
    return undefined;
  }

  end(probe: Probe): void {
    const at = this.#waiting.indexOf(probe);
    if (at >= 0) this.#waiting.splice(at, 1);
    else this.#overdue.delete(probe.number);
  }

  forget(target: Handle): void {
    const waiting = this.of(target);
    if (waiting !== undefined) this.end(waiting);
    for (const probe of this.#overdue.values()) if (probe.target === target) this.end(probe);
  }

  /** A period has passed: those that have waited so far. Whose age is {@link ROUND_PERIODS} now is over. */
  aged(): readonly Probe[] {
    if (this.#overdue.size > 0) this.#ageOverdue();
    if (this.#waiting.length === 0) return NONE;
    const aged = [...this.#waiting];
    for (const probe of aged) {
      probe.age += 1;
      if (probe.age < ROUND_PERIODS) continue;
      this.end(probe);
      this.#overdue.set(probe.number, probe);
    }
    return aged;
  }

  #ageOverdue(): void {
    for (const probe of this.#overdue.values()) {
      probe.age += 1;
      if (probe.age >= OVERDUE_PERIODS) this.end(probe);
    }
  }
}

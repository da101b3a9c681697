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
  /** In which period. */
  readonly begunIn: number;
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
  /** Over, but an answer would still be worth having: in the same order. */
  readonly #overdue: Probe[] = [];
  /** Periods since the first. */
  #period = 0;

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
      begunIn: this.#period,
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
    const probe = this.ofNumber(number) ?? numbered(this.#overdue, number);
    return probe?.target === target ? probe : undefined;
  }

  /** Periods since it began. */
  ageOf({ begunIn }: Probe): number {
    return this.#period - begunIn;
  }

  /** By number alone: a helper does not say again whom it was asked about. */
  ofNumber(number: ProbeNumber): Probe | undefined {
    return numbered(this.#waiting, number);
  }

  /** Not over. */
  of(target: Handle): Probe | undefined {
    for (const probe of this.#waiting) if (probe.target === target) return probe;
    return undefined;
  }

  end(probe: Probe): void {
    if (!takeOut(this.#waiting, probe)) takeOut(this.#overdue, probe);
  }

  forget(target: Handle): void {
    for (const probe of [...this.#waiting, ...this.#overdue]) {
      if (probe.target === target) this.end(probe);
    }
  }

  /** A period has passed: those that have waited so far. Whose age is {@link ROUND_PERIODS} now is over. */
  aged(): readonly Probe[] {
    this.#period += 1;
    while (this.#isOfAge(this.#overdue[0], OVERDUE_PERIODS)) this.#overdue.shift();
    if (this.#waiting.length === 0) return NONE;
    const aged = [...this.#waiting];
    for (const probe of aged) {
      if (!this.#isOfAge(probe, ROUND_PERIODS)) break;
      this.#waiting.shift();
      this.#overdue.push(probe);
    }
    return aged;
  }

  #isOfAge(probe: Probe | undefined, age: number): boolean {
    return probe !== undefined && this.ageOf(probe) >= age;
  }
}

function numbered(probes: readonly Probe[], number: ProbeNumber): Probe | undefined {
  for (const probe of probes) if (probe.number === number) return probe;
  return undefined;
}

function takeOut(probes: Probe[], probe: Probe): boolean {
  const at = probes.indexOf(probe);
  if (at >= 0) probes.splice(at, 1);
  return at >= 0;
}

import { ACCUSERS_KEPT, ACCUSERS_NEEDED, ACCUSERS_WANTED, OWN_ROUNDS_NEEDED } from './limits.ts';
import type { Accusation } from './message.ts';
import type { Handle } from './roster.ts';

/** How long a suspicion lasts: with many accusers, and with few. */
export interface SuspicionSpan {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Why one member is suspected, what this node's own probes say to it, and until when it has time to answer. */
export class Suspicion {
  #accusations: readonly Accusation[] = [];
  /** Whose accusations it has answered: none of them is heard again. */
  #answeredTo: readonly Handle[] = [];
  #beganAt: number;
  #checkAt: number;
  #failedRounds = 0;
  #isAnswered = false;

  constructor(now: number, checkAt: number) {
    this.#beganAt = now;
    this.#checkAt = checkAt;
  }

  /** Those that it has not answered. */
  get accusations(): readonly Accusation[] {
    return this.#accusations;
  }

  /** It has answered this node since it was accused. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** What to show it, so that it can answer for itself: it knows no incarnations but its own. */
  get oldest(): Accusation | undefined {
    return this.#accusations.reduce<Accusation | undefined>(
      (oldest, next) =>
        oldest !== undefined && oldest.incarnation <= next.incarnation ? oldest : next,
      undefined,
    );
  }

  /** Would another's word make a difference? */
  isNews({ accuser }: Accusation): boolean {
    if (this.#accusations.length + this.#answeredTo.length >= ACCUSERS_KEPT) return false;
    return !this.isAccusedBy(accuser) && !this.#answeredTo.includes(accuser);
  }

  isAccusedBy(member: Handle): boolean {
    return this.#accusations.some(({ accuser }) => accuser === member);
  }

  /** Another accuses it: if it has answered before, it has to answer again. */
  add(accusation: Accusation, now: number, checkAt: number): void {
    if (this.#isAnswered) this.#beginAgain(now, checkAt);
    this.#accusations = [...this.#accusations, accusation];
  }

  /** A round of own probes failed. */
  roundFailed(now: number): void {
    if (this.#isAnswered) this.#beginAgain(now, now);
    this.#failedRounds += 1;
  }

  /** What was said until now is refuted, and remembered only so as not to be heard again. */
  answered(): void {
    this.#isAnswered = true;
    this.#answeredTo = [...this.#answeredTo, ...this.#accusations.map(({ accuser }) => accuser)];
    this.#accusations = [];
  }

  /** It lives at this incarnation, by its own word: what was said of earlier ones is void. False: nothing is left. */
  outlive(incarnation: number): boolean {
    this.#accusations = this.#accusations.filter((said) => said.incarnation >= incarnation);
    this.#failedRounds = 0;
    return this.#accusations.length > 0;
  }

  /** It is no member any more, and its handle may become another's. */
  forget(member: Handle): void {
    this.#accusations = this.#accusations.filter(({ accuser }) => accuser !== member);
    this.#answeredTo = this.#answeredTo.filter((accuser) => accuser !== member);
  }

  /** Time in which this process did not run: it counts for nothing. */
  postpone(ms: number): void {
    this.#beganAt += ms;
    this.#checkAt += ms;
  }

  wantsCheck(now: number): boolean {
    if (this.#isAnswered || now < this.#checkAt) return false;
    return this.#failedRounds === 0 || this.#accusations.length < ACCUSERS_NEEDED;
  }

  /**
   * Either enough others say the same as this node's own probe, and the time is over that their number
   * leaves (Lifeguard, LHA-Suspicion); or its own probes have failed again and again for the longest time.
   */
  isConclusive(now: number, span: SuspicionSpan): boolean {
    if (this.#isAnswered || this.#failedRounds === 0) return false;
    if (this.#accusations.length >= ACCUSERS_NEEDED && now >= this.#endsAt(span)) return true;
    return this.#failedRounds >= OWN_ROUNDS_NEEDED && this.isOver(now, span);
  }

  /** The longest time is over. */
  isOver(now: number, { maxMs }: SuspicionSpan): boolean {
    return now >= this.#beganAt + maxMs;
  }

  #beginAgain(now: number, checkAt: number): void {
    this.#isAnswered = false;
    this.#failedRounds = 0;
    this.#beganAt = now;
    this.#checkAt = checkAt;
  }

  #endsAt({ minMs, maxMs }: SuspicionSpan): number {
    const others = Math.max(0, this.#accusations.length - 1);
    const shortened = Math.log(others + 1) / Math.log(ACCUSERS_WANTED);
    return this.#beganAt + Math.max(minMs, maxMs - (maxMs - minMs) * shortened);
  }
}

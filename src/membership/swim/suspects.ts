import type { DetectorParts } from './detector-parts.ts';
import { ACCUSERS_WANTED } from './limits.ts';
import type { Accusation } from './message.ts';
import type { Handle } from './roster.ts';
import { Suspicion, type SuspicionSpan } from './suspicion.ts';

const NOBODY: readonly Handle[] = [];

/**
 * Who is suspected, and whether it is dead: that is never heard, but concluded here, and never without own
 * probes that nobody answered. So whoever accuses a member makes others ask it, and no more.
 */
export class Suspects {
  readonly #parts: DetectorParts;
  readonly #mayAccuse: (now: number) => boolean;
  readonly #suspicions = new Map<Handle, Suspicion>();

  /** `mayAccuse`: whether others would listen to one more accusation by this node. */
  constructor(parts: DetectorParts, mayAccuse: (now: number) => boolean) {
    this.#parts = parts;
    this.#mayAccuse = mayAccuse;
  }

  /** Would this accusation make a difference here? */
  isNews(accusation: Accusation): boolean {
    const { table } = this.#parts;
    const state = table.state(accusation.subject);
    if (state !== 'alive' && state !== 'suspect') return false;
    if (accusation.incarnation < table.incarnation(accusation.subject)) return false;
    return this.#suspicions.get(accusation.subject)?.isNews(accusation) ?? true;
  }

  /** Another accuses it, believably: passed on, and looked into. */
  accused(accusation: Accusation, now: number): void {
    const { profile, random, news } = this.#parts;
    const checkAt = now + profile.checkWithinMs * random.fraction();
    this.#suspicionOf(accusation.subject, now, checkAt).add(accusation, now, checkAt);
    this.#setState(accusation.subject, 'suspect');
    news.tell(accusation, now);
  }

  /** A whole round of own probes was not answered. */
  roundFailed(member: Handle, now: number): void {
    const { self, table, statements, news, out } = this.#parts;
    const state = table.state(member);
    if (state !== 'alive' && state !== 'suspect') return;
    const suspicion = this.#suspicionOf(member, now, now);
    suspicion.roundFailed(now);
    // Others are asked first now, if not all can be asked at once.
    this.#suspicions.delete(member);
    this.#suspicions.set(member, suspicion);
    this.#setState(member, 'suspect');
    if (suspicion.accusations.length >= ACCUSERS_WANTED) return;
    if (suspicion.isAccusedBy(self)) return;
    if (!this.#mayAccuse(now)) return;
    const accusation = statements.accusation(member, table.incarnation(member));
    suspicion.add(accusation, now, now);
    news.tell(accusation, now);
    out.counted('accused');
  }

  /** It answered this node. */
  answered(member: Handle): void {
    const suspicion = this.#suspicions.get(member);
    if (suspicion === undefined) return;
    suspicion.answered();
    if (this.#setState(member, 'alive')) this.#parts.out.counted('suspicion-refuted');
  }

  /**
   * It lives at a later incarnation, by its own word; it stays suspect when it is accused of one later still. So
   * what is believed in the end does not depend on what was heard first.
   */
  outlives(member: Handle, incarnation: number): 'alive' | 'suspect' {
    if (this.#suspicions.get(member)?.outlive(incarnation)) return 'suspect';
    this.dismiss(member);
    return 'alive';
  }

  /** It left, or nothing is left to say of it. */
  dismiss(member: Handle): void {
    this.#suspicions.delete(member);
  }

  forget(member: Handle): void {
    this.#suspicions.delete(member);
    for (const suspicion of this.#suspicions.values()) suspicion.forget(member);
  }

  /** What to show to a suspected member, so that it can answer for itself. */
  accusationOf(member: Handle): Accusation | undefined {
    return this.#suspicions.get(member)?.oldest;
  }

  /** This process has not run for so long. */
  postpone(ms: number): void {
    for (const suspicion of this.#suspicions.values()) suspicion.postpone(ms);
  }

  /** Concludes what can be concluded. Returns those whom it is time to check. */
  due(now: number): readonly Handle[] {
    if (this.#suspicions.size === 0) return NOBODY;
    const due: Handle[] = [];
    const span = this.#span();
    for (const [member, suspicion] of this.#suspicions) {
      if (suspicion.isConclusive(now, span)) this.#conclude(member);
      else if (suspicion.isAnswered && suspicion.isOver(now, span)) this.dismiss(member);
      else if (suspicion.wantsCheck(now)) due.push(member);
    }
    return due;
  }

  #conclude(member: Handle): void {
    this.dismiss(member);
    this.#setState(member, 'dead');
    this.#parts.out.counted('concluded-dead');
  }

  #suspicionOf(member: Handle, now: number, checkAt: number): Suspicion {
    const known = this.#suspicions.get(member);
    if (known !== undefined) return known;
    const suspicion = new Suspicion(now, checkAt);
    this.#suspicions.set(member, suspicion);
    return suspicion;
  }

  #setState(member: Handle, state: 'alive' | 'suspect' | 'dead'): boolean {
    const { table, out } = this.#parts;
    if (table.state(member) === state) return false;
    table.setState(member, state);
    out.changed(member);
    return true;
  }

  #span(): SuspicionSpan {
    const { profile, table } = this.#parts;
    const minMs =
      profile.suspicionPeriods * Math.max(1, Math.log10(table.living + 1)) * profile.periodMs;
    return { minMs, maxMs: minMs * profile.suspicionMaxFactor };
  }
}

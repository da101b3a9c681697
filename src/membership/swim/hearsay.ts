import { Allowance } from './allowance.ts';
import type { DetectorParts } from './detector-parts.ts';
import { LIFE_CLAIM_EVERY_MS, LIFE_CLAIMS_AT_ONCE } from './limits.ts';
import type { Accusation, LifeClaim, Statement } from './message.ts';
import { RUMOUR } from './news.ts';
import type { Handle } from './roster.ts';
import type { Suspects } from './suspects.ts';

/**
 * What of that which others say is believed: what is news, signed by who says it, and not too much of one. Signatures
 * are checked last, as they cost most.
 */
export class Hearsay {
  readonly #parts: DetectorParts;
  readonly #suspects: Suspects;
  readonly #accusations: Allowance;
  readonly #lives = new Allowance(LIFE_CLAIMS_AT_ONCE, LIFE_CLAIM_EVERY_MS);
  /** Of those that left: for whoever has not heard it, because it was not there. */
  readonly #farewells = new Map<Handle, LifeClaim>();

  constructor(parts: DetectorParts, suspects: Suspects, accusations: Allowance) {
    this.#parts = parts;
    this.#suspects = suspects;
    this.#accusations = accusations;
  }

  /** Stops at the first forgery: whoever passes that on has not looked, so the rest is no better. */
  hear(from: Handle, statements: readonly Statement[], now: number): void {
    const farewells = new Set<LifeClaim>();
    for (const statement of statements) {
      const isHonest =
        statement.about === 'life'
          ? this.#lifeClaimed(statement, now)
          : this.#accused(statement, now, farewells);
      if (isHonest) continue;
      this.#parts.out.counted('forged');
      break;
    }
    // All in one: whoever sends one datagram may not have many sent.
    if (farewells.size > 0)
      this.#parts.out.send(from, { body: RUMOUR, statements: [...farewells] });
  }

  /** It lives at this incarnation, or left at it, by its own word. */
  lives(member: Handle, incarnation: number, leaving: boolean): void {
    if (!this.#isNewLife(member, incarnation, leaving)) return;
    const { table, out } = this.#parts;
    const before = table.state(member);
    table.setIncarnation(member, incarnation);
    if (leaving) this.#suspects.dismiss(member);
    else this.#farewells.delete(member);
    const state = leaving ? 'left' : this.#suspects.outlives(member, incarnation);
    if (state === before) return;
    table.setState(member, state);
    if (before === 'dead') out.counted('revived');
    if (before === 'suspect' && state === 'alive') out.counted('suspicion-refuted');
    out.changed(member);
  }

  /** What it may say is not forgotten: it would come back, or move, to say more. Whoever has its place soon may. */
  forget(member: Handle): void {
    this.#farewells.delete(member);
  }

  /** The higher incarnation wins; of one, the leave does. */
  #isNewLife(member: Handle, incarnation: number, leaving: boolean): boolean {
    const { table } = this.#parts;
    const state = table.state(member);
    if (state === undefined) return false;
    const known = table.incarnation(member);
    return incarnation > known || (incarnation === known && leaving && state !== 'left');
  }

  #lifeClaimed(claim: LifeClaim, now: number): boolean {
    const { self, life, statements, out, news } = this.#parts;
    const { subject, incarnation, leaving } = claim;
    if (subject === self) {
      if (incarnation <= life.incarnation) return true;
      if (!statements.isGood(claim)) return false;
      out.rivalled(incarnation);
      return true;
    }
    if (!this.#isNewLife(subject, incarnation, leaving)) return true;
    if (!this.#lives.has(subject, now)) {
      out.counted('excess');
      return true;
    }
    if (!statements.isGood(claim)) return false;
    this.#lives.take(subject, now);
    if (leaving) this.#farewells.set(subject, claim);
    this.lives(subject, incarnation, leaving);
    news.tell(claim, now);
    return true;
  }

  /** `farewells`: to be shown to whoever brought this. */
  #accused(accusation: Accusation, now: number, farewells: Set<LifeClaim>): boolean {
    const { self, table, statements, out } = this.#parts;
    const { accuser, subject } = accusation;
    if (accuser === self || accuser === subject) return true;
    const accuserState = table.state(accuser);
    if (accuserState !== 'alive' && accuserState !== 'suspect') return true;
    if (subject === self) return this.#selfAccused(accusation, now);
    const farewell = this.#farewells.get(subject);
    if (farewell !== undefined) {
      farewells.add(farewell);
      return true;
    }
    if (!this.#suspects.isNews(accusation)) return true;
    if (!this.#accusations.has(accuser, now)) {
      out.counted('excess');
      return true;
    }
    if (!statements.isGood(accusation)) return false;
    this.#accusations.take(accuser, now);
    this.#suspects.accused(accusation, now);
    return true;
  }

  #selfAccused(accusation: Accusation, now: number): boolean {
    const { life, statements, out, news, health } = this.#parts;
    if (accusation.incarnation !== life.incarnation || !life.mayRefute(now)) return true;
    if (!this.#accusations.has(accusation.accuser, now)) {
      out.counted('excess');
      return true;
    }
    if (!statements.isGood(accusation)) return false;
    this.#accusations.take(accusation.accuser, now);
    const claim = life.refute(now);
    health.worse();
    news.tell(claim, now);
    out.counted('refuted-own');
    return true;
  }
}

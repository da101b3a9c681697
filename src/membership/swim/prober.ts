import type { DetectorParts } from './detector-parts.ts';
import { MAX_PROBES } from './limits.ts';
import type { Ack, ProbeNumber, Statement } from './message.ts';
import { type Probe, Probes } from './probes.ts';
import { ROUND_PERIODS } from './profile.ts';
import type { Handle } from './roster.ts';

/** What comes of probes. */
export interface ProbeOutcomes {
  /** The member, which is not held alive, answered: itself and provably. */
  answered(member: Handle, now: number): void;
  /** Nobody answered in a whole round. */
  failed(member: Handle, now: number): void;
  /** What to tell a member that is not held alive together with the question. */
  greeting(member: Handle): Statement | undefined;
}

/** Random choices of a helper, for each one wanted. */
const TRIES_PER_HELPER = 3;

/** Asks members whether they live: directly, then by way of others (SWIM section 3.1), then over a stream. */
export class Prober {
  readonly #parts: DetectorParts;
  readonly #outcomes: ProbeOutcomes;
  readonly #probes: Probes;

  constructor(parts: DetectorParts, outcomes: ProbeOutcomes) {
    this.#parts = parts;
    this.#outcomes = outcomes;
    this.#probes = new Probes(parts.random);
  }

  isAsked(member: Handle): boolean {
    return this.#probes.of(member) !== undefined;
  }

  isAwaited({ probe, subject }: Ack): boolean {
    return this.#probes.get(probe, subject) !== undefined;
  }

  /** Unless too many are being asked: so that others' words cannot keep this node from asking in turn. */
  check(member: Handle, now: number): void {
    if (this.#probes.size < MAX_PROBES) this.ask(member, now);
  }

  /** Held dead, it was heard of: if its datagrams alone are lost, it answers over a stream. */
  recheck(member: Handle, now: number): void {
    this.check(member, now);
    const probe = this.#probes.of(member);
    if (probe === undefined || probe.isHeard) return;
    probe.isHeard = true;
    if (this.#probes.ageOf(probe) > 0) this.#askOverStream(probe);
  }

  /** Unless it is being asked. */
  ask(member: Handle, now: number, isInTurn = false): void {
    if (this.isAsked(member)) return;
    const { number: probe } = this.#probes.begin(member, now, isInTurn);
    const { news, out } = this.#parts;
    const greeting = this.#isAlive(member) ? undefined : this.#outcomes.greeting(member);
    const statements = greeting === undefined ? news.some() : [greeting, ...news.some(1)];
    out.send(member, { body: { type: 'ping', probe }, statements });
  }

  /** A period has passed. */
  step(now: number): void {
    for (const probe of this.#probes.aged()) {
      if (this.#probes.ageOf(probe) < ROUND_PERIODS) this.#askOthers(probe, now);
      else this.#failed(probe, now);
    }
  }

  /**
   * An answer to a ping: the member's own, or one that a helper passed on and that proves itself. Returns the round
   * trip, milliseconds, of one that the member itself gave when its turn to be asked had come.
   */
  acked(from: Handle, ack: Ack, now: number): number | undefined {
    const { statements, table, self, out } = this.#parts;
    const probe = this.#probes.get(ack.probe, ack.subject);
    if (probe === undefined) return undefined;
    if (ack.origin === undefined) {
      if (ack.subject !== from) return undefined;
      const roundTripMs = now - probe.sentAt;
      table.measured(from, roundTripMs);
      this.#acknowledged(probe, now);
      return probe.isInTurn ? roundTripMs : undefined;
    }
    if (ack.origin === self && ack.proof !== undefined) {
      const isProven = statements.isAnswer(ack.subject, self, ack.probe, ack.proof);
      if (isProven) this.#acknowledged(probe, now);
      else out.counted('forged');
    }
    return undefined;
  }

  /** Others were asked, and had time to answer. */
  othersWaitedFor(number: ProbeNumber): void {
    const probe = this.#probes.ofNumber(number);
    if (probe !== undefined) this.#askOverStream(probe);
  }

  /** A helper had no answer either. */
  nacked(number: ProbeNumber): void {
    const probe = this.#probes.ofNumber(number);
    if (probe !== undefined) probe.isHelped = true;
  }

  /** The member answered over a stream. */
  reached(member: Handle, number: ProbeNumber, now: number): void {
    const probe = this.#probes.get(number, member);
    if (probe === undefined) return;
    probe.isReached = true; // not over: what became of the datagrams shows when the round is
    this.#answered(probe, now);
  }

  forget(member: Handle): void {
    this.#probes.forget(member);
  }

  #askOthers(probe: Probe, now: number): void {
    const { profile, table, random, out, news } = this.#parts;
    if (table.state(probe.target) === 'dead') {
      if (probe.isHeard) this.#askOverStream(probe);
      return;
    }
    const helpers = new Set<Handle>();
    for (let i = 0; i < profile.helpers * TRIES_PER_HELPER; i++) {
      const helper = table.pickAlive(random);
      if (helper !== undefined && helper !== probe.target) helpers.add(helper);
      if (helpers.size === profile.helpers) break;
    }
    const body = { type: 'ping-request', probe: probe.number, target: probe.target } as const;
    for (const helper of helpers) out.send(helper, { body, statements: news.some() });
    probe.asked = helpers.size;
    const delayMs = helpers.size === 0 ? 0 : profile.streamMs;
    out.after(delayMs, { purpose: 'stream', about: probe.number, dueAt: now + delayMs });
  }

  #askOverStream({ target, number }: Probe): void {
    const { profile, health, out } = this.#parts;
    out.probeByStream(target, number, profile.periodMs * (1 + health.score));
  }

  #acknowledged(probe: Probe, now: number): void {
    this.#probes.end(probe);
    if (this.#probes.ageOf(probe) < ROUND_PERIODS) this.#parts.health.better();
    this.#answered(probe, now);
  }

  #answered(probe: Probe, now: number): void {
    this.#parts.table.contacted(probe.target, now);
    if (!this.#isAlive(probe.target)) this.#outcomes.answered(probe.target, now);
  }

  #isAlive(member: Handle): boolean {
    return this.#parts.table.state(member) === 'alive';
  }

  #failed(probe: Probe, now: number): void {
    const { table, health, out } = this.#parts;
    const state = table.state(probe.target);
    if (state !== 'alive' && state !== 'suspect') return;
    // None of those who live and were asked said anything at all: it may be this node that is cut off or slow, or
    // that loses all datagrams, so that each question costs a connection.
    if (probe.asked > 0 && !probe.isHelped) health.worse();
    if (probe.isReached) return;
    out.counted('probe-failed');
    this.#outcomes.failed(probe.target, now);
  }
}

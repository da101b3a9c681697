import { Allowance } from './allowance.ts';
import type { DetectorTimer } from './detector-output.ts';
import type { DetectorOptions, DetectorParts } from './detector-parts.ts';
import { Hearsay } from './hearsay.ts';
import {
  ACCUSATION_EVERY_MS,
  ACCUSATIONS_AT_ONCE,
  INCARNATIONS_PER_START,
  MAX_URGENT,
} from './limits.ts';
import { LocalHealth } from './local-health.ts';
import { type MemberFacts, type MemberState, MemberTable } from './member-table.ts';
import type { Content, Ping, PingRequest, ProbeNumber, Statement } from './message.ts';
import { News } from './news.ts';
import { OwnLife } from './own-life.ts';
import { ProbeOrder } from './probe-order.ts';
import { Prober } from './prober.ts';
import { Relays } from './relays.ts';
import { Revival } from './revival.ts';
import type { Handle } from './roster.ts';
import { Successor } from './successor.ts';
import { Suspects } from './suspects.ts';

/** Datagrams with which a leaving node tells of it: whoever hears of it passes it on. */
const FAREWELLS = 12;

/**
 * Says who of the members is alive: SWIM (Das, Gupta, Motivala, 2002) with Lifeguard (arXiv 1707.00788), except that
 * none is ever told to be dead. A pure state machine: messages, timers and the time (monotonic milliseconds) come
 * in by its methods, messages and timers go out by a {@link DetectorOutput}.
 */
export class Detector {
  readonly #parts: DetectorParts;
  readonly #suspects: Suspects;
  readonly #hearsay: Hearsay;
  readonly #prober: Prober;
  readonly #revival: Revival;
  readonly #relays = new Relays();
  readonly #order: ProbeOrder;
  readonly #successor: Successor;
  #isSuccessorsTurn = false;
  readonly #urgent = new Set<Handle>();

  constructor(options: DetectorOptions) {
    const { self, tagOf, profile, random, statements, out, table = new MemberTable() } = options;
    const life = new OwnLife(options.incarnation, statements);
    const isCurrent = (statement: Statement): boolean => this.#isCurrent(statement);
    const news = new News({ profile, random, out, table, isCurrent });
    const health = new LocalHealth(profile.healthMax);
    this.#parts = { self, tagOf, profile, random, statements, out, table, life, news, health };
    const accusations = new Allowance(ACCUSATIONS_AT_ONCE, ACCUSATION_EVERY_MS);
    this.#suspects = new Suspects(this.#parts, (now) => accusations.take(self, now));
    this.#hearsay = new Hearsay(this.#parts, this.#suspects, accusations);
    this.#prober = new Prober(this.#parts, {
      answered: (member, now) => this.#answered(member, now),
      failed: (member, now) => this.#suspects.roundFailed(member, now),
      greeting: (member) => this.#greeting(member),
    });
    this.#revival = new Revival(this.#parts, this.#prober);
    this.#order = new ProbeOrder(random);
    this.#successor = new Successor(self, table, tagOf);
  }

  /**
   * Begins to probe. Says that it is back, unless it starts for the first time: then its record says that it is
   * there.
   */
  start(now: number): void {
    const { profile, random, life, news } = this.#parts;
    if (life.incarnation > INCARNATIONS_PER_START) news.tell(life.claim(), now);
    this.#revival.start(now);
    this.#nextPeriod(profile.periodMs * random.fraction(), now);
  }

  /**
   * A member whose record is believed, held alive until something speaks against it. `incarnation`: what its
   * record proves of it, its start times {@link INCARNATIONS_PER_START}; 0 when nothing. Of one that is known
   * already a higher one counts as its own word that it lives.
   */
  learn(member: Handle, incarnation: number): void {
    const { table, self, out } = this.#parts;
    if (member === self) return;
    if (table.state(member) !== undefined) {
      this.#hearsay.lives(member, incarnation, false);
      return;
    }
    table.setState(member, 'alive');
    table.setIncarnation(member, incarnation);
    out.changed(member);
  }

  /** Members with handles below this are about to be learned. */
  expect(places: number): void {
    this.#parts.table.reserve(places);
  }

  /** It is a member no more; another may get its handle. */
  forget(member: Handle): void {
    this.#suspects.forget(member);
    this.#prober.forget(member);
    this.#hearsay.forget(member);
    this.#relays.forget(member);
    this.#parts.news.forget(member);
    this.#urgent.delete(member);
    this.#parts.table.forget(member);
  }

  /**
   * Returns how long it took, milliseconds, when this is the sender's answer to a question that it was asked in its
   * turn: no member can bring about more of these than others.
   */
  receive(from: Handle, { body, statements }: Content, now: number): number | undefined {
    const state = this.state(from);
    if (state === undefined) return undefined;
    let roundTripMs: number | undefined;
    if (statements.length > 0) this.#hearsay.hear(from, statements, now);
    switch (body.type) {
      case 'ping':
        this.#pinged(from, body, statements);
        break;
      case 'ack':
        if (!this.#passOn(from, body)) roundTripMs = this.#prober.acked(from, body, now);
        break;
      case 'ping-request':
        this.#askedToPing(from, body, now);
        break;
      case 'nack':
        this.#prober.nacked(body.probe);
        break;
      case 'rumour':
        break;
    }
    // It sends, so it lives, it seems: ask it.
    if (state === 'dead' && this.state(from) === 'dead') this.#prober.recheck(from, now);
    return roundTripMs;
  }

  /** Is this the answer to a question of this node? Its number says so, which none can foresee. */
  isAwaited(body: Content['body']): boolean {
    return body.type === 'ack' && this.#prober.isAwaited(body);
  }

  /** A timer is over, on time or not. */
  expired(timer: DetectorTimer, now: number): void {
    switch (timer.purpose) {
      case 'period':
        this.#period(now - timer.dueAt, now);
        break;
      case 'rumour':
        this.#parts.news.expired(now);
        break;
      case 'relay':
        this.#unanswered(timer.about);
        break;
      case 'stream':
        this.#prober.othersWaitedFor(timer.about);
        break;
    }
  }

  /** The stream probe of this number was answered by the member itself. */
  reached(member: Handle, probe: number, now: number): void {
    this.#prober.reached(member, probe, now);
  }

  /** Its connection broke: it is asked within the next period, before its turn. */
  suspectConnection(member: Handle): void {
    if (this.state(member) === 'alive' && this.#urgent.size < MAX_URGENT) this.#urgent.add(member);
  }

  /** It was heard of otherwise, a connection of its came for one: if it was held dead, it is asked. */
  heard(member: Handle, now: number): void {
    if (this.state(member) === 'dead') this.#prober.recheck(member, now);
  }

  /** The starts of this node are counted higher from now on, for others had heard of more: lives on under it. */
  raise(incarnation: number, now: number): void {
    const { life, news } = this.#parts;
    const claim = life.raise(incarnation);
    if (claim !== undefined) news.tell(claim, now);
  }

  /** Takes leave: the others hold this node neither dead nor alive from now on. It still answers. */
  leave(now: number): void {
    const { life, news } = this.#parts;
    news.tell(life.leave(), now);
    news.spread(FAREWELLS);
  }

  state(member: Handle): MemberState | undefined {
    return this.#parts.table.state(member);
  }

  facts(member: Handle): MemberFacts {
    return this.#parts.table.facts(member);
  }

  count(state: MemberState): number {
    return this.#parts.table.count(state);
  }

  /** One more than the highest handle that was ever known here: members are those below it that have a state. */
  get places(): number {
    return this.#parts.table.places;
  }

  /** Of this node. */
  get incarnation(): number {
    return this.#parts.life.incarnation;
  }

  /** 0: this node does well. */
  get localHealth(): number {
    return this.#parts.health.score;
  }

  #period(latenessMs: number, now: number): void {
    const { profile, health, out } = this.#parts;
    if (latenessMs > profile.lateMs) {
      // What came meanwhile waits behind this call: nobody is blamed before it is read.
      health.worse();
      out.counted('late');
      this.#suspects.postpone(latenessMs + profile.periodMs);
    } else {
      this.#prober.step(now);
      for (const member of this.#suspects.due(now)) this.#prober.check(member, now);
    }
    if (this.#urgent.size > 0) this.#askUrgent(now);
    this.#askNext(now);
    this.#revival.step(now);
    this.#nextPeriod(profile.periodMs * (1 + health.score), now);
  }

  #askUrgent(now: number): void {
    for (const member of this.#urgent) this.#prober.ask(member, now);
    this.#urgent.clear();
  }

  #nextPeriod(delayMs: number, now: number): void {
    this.#parts.out.after(delayMs, { purpose: 'period', about: 0, dueAt: now + delayMs });
  }

  /**
   * By turns the successor, so that none is silent for long before somebody asks it, and the others in an order that
   * nobody foresees, so that none is silent for good because its predecessor is silent about it.
   */
  #askNext(now: number): void {
    this.#isSuccessorsTurn = !this.#isSuccessorsTurn;
    const successor = this.#isSuccessorsTurn ? this.#successor.find() : undefined;
    if (successor !== undefined && this.#isNextToAsk(successor)) {
      this.#prober.ask(successor, now);
      return;
    }
    const next = this.#order.next(this.places, this.#isNextToAsk);
    if (next !== undefined) this.#prober.ask(next, now, true);
  }

  readonly #isNextToAsk = (member: Handle): boolean =>
    this.state(member) === 'alive' && !this.#prober.isAsked(member);

  #answered(member: Handle, now: number): void {
    const { table, out } = this.#parts;
    this.#suspects.answered(member);
    if (table.state(member) !== 'dead') return;
    table.setState(member, 'alive');
    out.counted('revived');
    out.changed(member);
    this.#revival.answered(now);
  }

  /** Buddy system: who is suspected hears so with the question. Who is held dead learns which incarnation is over. */
  #greeting(member: Handle): Statement | undefined {
    const { table, profile, statements } = this.#parts;
    if (table.state(member) === 'dead') {
      return statements.accusation(member, table.incarnation(member));
    }
    return profile.buddy ? this.#suspects.accusationOf(member) : undefined;
  }

  #pinged(from: Handle, { probe, origin }: Ping, heard: readonly Statement[]): void {
    const { self, life, news, statements, out } = this.#parts;
    const proven = origin === undefined ? {} : { origin, proof: statements.answer(origin, probe) };
    const isAccused = heard.some(
      ({ about, subject }) => about === 'accusation' && subject === self,
    );
    const body = { type: 'ack', probe, subject: self, ...proven } as const;
    if (!isAccused && !life.isLeaving) {
      out.send(from, { body, statements: news.forAnswer() });
      return;
    }
    const claim = life.claim();
    const others = news.forAnswer(1).filter((statement) => statement !== claim);
    out.send(from, { body, statements: [claim, ...others] });
  }

  #askedToPing(asker: Handle, { probe, target }: PingRequest, now: number): void {
    const { self, out, news, profile } = this.#parts;
    if (target === self || this.state(target) === undefined) return;
    const relay = this.#relays.begin({ asker, probe, target });
    if (relay === undefined) {
      this.#nack(asker, probe);
      return;
    }
    out.send(target, {
      body: { type: 'ping', probe, origin: asker },
      statements: news.forAnswer(),
    });
    const delayMs = profile.nackMs;
    out.after(delayMs, { purpose: 'relay', about: relay, dueAt: now + delayMs });
  }

  /** True: it is an answer that another asked this node to get. Whether it is genuine, that one sees. */
  #passOn(from: Handle, body: Content['body'] & { type: 'ack' }): boolean {
    const { self, out, news } = this.#parts;
    const { origin, probe, subject } = body;
    if (origin === undefined || origin === self) return false;
    if (subject === from && this.#relays.answered({ asker: origin, probe, target: from })) {
      out.send(origin, { body, statements: news.forAnswer() });
    }
    return true;
  }

  #unanswered(number: number): void {
    const relay = this.#relays.end(number);
    if (relay !== undefined) this.#nack(relay.asker, relay.probe);
  }

  #nack(asker: Handle, probe: ProbeNumber): void {
    const { out, news } = this.#parts;
    out.send(asker, { body: { type: 'nack', probe }, statements: news.forAnswer() });
  }

  #isCurrent({ about, subject, incarnation }: Statement): boolean {
    const { self, table, life } = this.#parts;
    if (subject === self) return incarnation === life.incarnation;
    const state = table.state(subject);
    if (state === undefined) return false;
    const known = table.incarnation(subject);
    return about === 'life' ? incarnation === known : incarnation >= known && state !== 'left';
  }
}

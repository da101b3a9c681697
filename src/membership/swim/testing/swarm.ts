import { seededRandom } from '../../../ports/testing/index.ts';
import { Detector } from '../detector.ts';
import type { DetectorEvent, DetectorTimer } from '../detector-output.ts';
import { INCARNATIONS_PER_START } from '../limits.ts';
import type { MemberState } from '../member-table.ts';
import type { Content } from '../message.ts';
import { PROFILES, type Profile } from '../profile.ts';
import type { Handle } from '../roster.ts';
import type { Statements } from '../statements.ts';
import { datagramBytes } from './datagram-bytes.ts';
import { EventLine } from './event-line.ts';
import { KnownStatements } from './known-statements.ts';

export interface SwarmOptions {
  readonly nodes: number;
  readonly seed: number;
  readonly profile?: Profile;
  /** Of one datagram, half of a round trip. */
  readonly oneWayMs?: number;
  readonly loss?: number;
}

export interface SwarmNode {
  readonly handle: Handle;
  detector: Detector;
  statements: Statements;
  /** How often it was started; what waits for an earlier start is void. */
  start: number;
  isUp: boolean;
  /** It does nothing before this time. */
  stalledUntil: number;
  /** It reads what comes so much later. */
  readsLateMs: () => number;
  /** What came meanwhile: messages, behind them nothing; timers are kept apart, as they run first. */
  readonly waiting: { readonly timers: SwarmEvent[]; readonly messages: SwarmEvent[] };
}

interface SwarmEvent {
  readonly to: Handle;
  readonly start: number;
  readonly what:
    | { readonly kind: 'message'; readonly from: Handle; readonly content: Content }
    | { readonly kind: 'timer'; readonly timer: DetectorTimer }
    | { readonly kind: 'reached'; readonly member: Handle; readonly probe: number }
    | {
        readonly kind: 'stream';
        readonly from: Handle;
        readonly probe: number;
        readonly until: number;
      }
    | { readonly kind: 'wake' };
}

/** A change that a node saw. */
export interface SwarmChange {
  readonly at: number;
  readonly observer: Handle;
  readonly subject: Handle;
  readonly state: MemberState | undefined;
}

/**
 * A mesh of detectors in virtual time, in which messages stay objects: latency, loss, crashes, stalls, partitions.
 * One seed gives one run.
 */
export class Swarm {
  now = 0;
  /** Events so far. */
  events = 0;
  /** Sent by all, with the frames of IP and UDP. */
  bytes = 0;
  readonly nodes: SwarmNode[] = [];
  readonly known = new KnownStatements();
  readonly counts = new Map<DetectorEvent, number>();
  /** Can a datagram or a connection get from one to the other? */
  isCut: (from: Handle, to: Handle) => boolean = () => false;
  onChange: (change: SwarmChange) => void = () => {};
  /** Lets a test's liar see, and keep, what is sent to it: true when it did. */
  takes: (to: Handle, from: Handle, content: Content) => boolean = () => false;

  readonly random;
  readonly #line = new EventLine<SwarmEvent>();
  readonly #options;

  constructor(options: SwarmOptions) {
    this.#options = { profile: PROFILES.lan, oneWayMs: 25, loss: 0, ...options };
    this.random = seededRandom(options.seed);
    for (let handle = 0; handle < options.nodes; handle++) {
      this.nodes.push({
        handle,
        detector: this.#detector(handle, 1),
        statements: this.known.of(handle),
        start: 1,
        isUp: true,
        stalledUntil: 0,
        readsLateMs: () => 0,
        waiting: { timers: [], messages: [] },
      });
    }
    for (const { detector } of this.nodes) {
      for (let member = 0; member < options.nodes; member++) detector.learn(member, firstOf(1));
      detector.start(0);
    }
  }

  node(handle: Handle): SwarmNode {
    const node = this.nodes[handle];
    if (node === undefined) throw new Error(`there is no node ${handle}`);
    return node;
  }

  state(observer: Handle, subject: Handle): MemberState | undefined {
    return this.node(observer).detector.state(subject);
  }

  /** Those that are up. */
  get up(): readonly SwarmNode[] {
    return this.nodes.filter(({ isUp }) => isUp);
  }

  /** How many of those that are up, itself excepted, hold it to be in this state. */
  holding(subject: Handle, state: MemberState): number {
    return this.up.filter(
      ({ handle, detector }) => handle !== subject && detector.state(subject) === state,
    ).length;
  }

  crash(handle: Handle): void {
    this.node(handle).isUp = false;
  }

  /** Starts again as nothing but its disk: it knows all, and how often it has started. */
  restart(handle: Handle): void {
    const node = this.node(handle);
    node.start += 1;
    node.isUp = true;
    node.stalledUntil = 0;
    node.waiting.timers.length = 0;
    node.waiting.messages.length = 0;
    node.detector = this.#detector(handle, node.start);
    for (const other of this.nodes) node.detector.learn(other.handle, firstOf(1));
    node.detector.start(this.now);
  }

  /** It does nothing for so long; then its overdue timers run, then it reads what came. */
  stall(handle: Handle, ms: number): void {
    const node = this.node(handle);
    node.stalledUntil = Math.max(node.stalledUntil, this.now + ms);
    this.#put(node.stalledUntil, node, { kind: 'wake' });
  }

  /** A datagram of a member that says what it likes. */
  say(from: Handle, to: Handle, content: Content): void {
    this.#send(from, to, content);
  }

  /** Lets so much time pass. */
  run(ms: number): void {
    const end = this.now + ms;
    while (this.#line.nextAt <= end) {
      this.now = this.#line.nextAt;
      const event = this.#line.take();
      if (event !== undefined) this.#happens(event);
    }
    this.now = end;
  }

  /** Lets time pass until it is so; after `ms` it throws. */
  runUntil(isSo: () => boolean, ms: number): number {
    const [begin, end] = [this.now, this.now + ms];
    while (!isSo()) {
      if (this.now >= end) throw new Error(`not so after ${ms} ms`);
      this.run(20);
    }
    return this.now - begin;
  }

  #detector(self: Handle, start: number): Detector {
    return new Detector({
      self,
      tagOf: tagOfHandle,
      incarnation: firstOf(start),
      profile: this.#options.profile,
      random: seededRandom(this.#options.seed * 1_000_003 + self * 7_919 + start),
      statements: this.known.of(self),
      out: {
        send: (to, content) => this.#send(self, to, content),
        after: (delayMs, timer) =>
          this.#put(this.now + delayMs, this.node(self), { kind: 'timer', timer }),
        probeByStream: (to, probe, timeoutMs) => this.#stream(self, to, probe, timeoutMs),
        changed: (subject) => {
          const state = this.nodes[self]?.detector.state(subject);
          this.onChange({ at: this.now, observer: self, subject, state });
        },
        counted: (event) => this.counts.set(event, (this.counts.get(event) ?? 0) + 1),
        rivalled: () => {},
      },
    });
  }

  #put(at: number, { handle, start, readsLateMs }: SwarmNode, what: SwarmEvent['what']): void {
    const lateMs = what.kind === 'timer' || what.kind === 'wake' ? 0 : readsLateMs();
    this.#line.put(at + lateMs, { to: handle, start, what });
  }

  #send(from: Handle, to: Handle, content: Content): void {
    this.bytes += datagramBytes(content);
    const { loss, oneWayMs } = this.#options;
    if (this.random.fraction() < loss || this.isCut(from, to)) return;
    const delayMs = oneWayMs * (0.8 + 0.4 * this.random.fraction());
    this.#put(this.now + delayMs, this.node(to), { kind: 'message', from, content });
  }

  /** A handshake of three round trips; a lost packet costs a retransmission. */
  #stream(from: Handle, to: Handle, probe: number, timeoutMs: number): void {
    if (this.isCut(from, to) || this.isCut(to, from)) return;
    const { loss, oneWayMs } = this.#options;
    let takesMs = 0;
    for (let packet = 0; packet < 5; packet++) {
      takesMs += oneWayMs;
      for (let again = 200; this.random.fraction() < loss; again *= 2) takesMs += again;
    }
    const until = this.now + timeoutMs;
    this.#put(this.now + takesMs, this.node(to), { kind: 'stream', from, probe, until });
  }

  #happens(event: SwarmEvent): void {
    this.events += 1;
    const node = this.node(event.to);
    const { what } = event;
    if (!node.isUp || (event.start !== node.start && what.kind !== 'message')) return;
    if (node.stalledUntil > this.now) {
      if (what.kind === 'timer') node.waiting.timers.push(event);
      else if (what.kind !== 'wake') node.waiting.messages.push(event);
      return;
    }
    if (what.kind === 'wake') this.#wake(node);
    else if (what.kind === 'timer') node.detector.expired(what.timer, this.now);
    else if (what.kind === 'reached') node.detector.reached(what.member, what.probe, this.now);
    else if (what.kind === 'stream') this.#answerStream(node, what.from, what.probe, what.until);
    else if (!this.takes(node.handle, what.from, what.content)) {
      node.detector.receive(what.from, what.content, this.now);
    }
  }

  #wake(node: SwarmNode): void {
    const waiting = [...node.waiting.timers, ...node.waiting.messages];
    node.waiting.timers.length = 0;
    node.waiting.messages.length = 0;
    for (const event of waiting) this.#happens(event);
  }

  #answerStream(node: SwarmNode, asker: Handle, probe: number, until: number): void {
    const at = this.now + this.#options.oneWayMs + this.node(asker).readsLateMs();
    if (at > until || this.isCut(node.handle, asker)) return;
    const what = { kind: 'reached', member: node.handle, probe } as const;
    this.#line.put(at, { to: asker, start: this.node(asker).start, what });
  }
}

/** The first incarnation of a node's start. */
export const firstOf = (start: number): number => start * INCARNATIONS_PER_START;

/** Another for each handle, in an order that has nothing to do with that of handles. */
export const tagOfHandle = (handle: Handle): string =>
  (Math.imul(handle + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');

import { byText, type NodeName } from '../core/index.ts';
import type { Clock, MemberVisits, Peer, PeerAddress, SocketAddress } from '../ports/index.ts';
import { ClockOffset } from './clock-offset.ts';
import { DatagramSilence } from './datagram-silence.ts';
import type { KnownMember, Member } from './member.ts';
import { MemberDatagrams, type MemberDatagramsOptions } from './member-datagrams.ts';
import { datagramAddress, datagramPlace, memberEntry, ownEntry } from './member-entry.ts';
import { MemberRoll } from './member-roll.ts';
import { MembershipMetrics } from './membership-metrics.ts';
import type { MembershipOptions } from './membership-options.ts';
import { type FormerContact, MetBefore } from './met-before.ts';
import { Overlay } from './overlay.ts';
import { SignedStatements } from './signed-statements.ts';
import { StreamProbes } from './stream-probes.ts';
import {
  Detector,
  type DetectorOutput,
  type DetectorTimer,
  type Handle,
  INCARNATIONS_PER_START,
  type MemberState,
  MemberTable,
  Roster,
} from './swim/index.ts';
import { Twins } from './twins.ts';
import { type Host, Visits } from './visits.ts';
import type { OpenedMessage } from './wire/index.ts';

/**
 * Who is a member and alive, as this node finds it out: joins the failure detector with datagrams, streams and
 * timers, and keeps the node connected with some of those that live.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #clock: Clock;
  readonly #datagrams: MemberDatagrams;
  readonly #roll: MemberRoll;
  readonly #metBefore: MetBefore;
  readonly #detector: Detector;
  readonly #overlay: Overlay;
  readonly #probes: StreamProbes;
  readonly #visits: Visits;
  readonly #twins: Twins;
  readonly #metrics: MembershipMetrics;
  readonly #offset = new ClockOffset();
  readonly #silence = new DatagramSilence();
  readonly #listeners: ((names: readonly NodeName[]) => void)[] = [];
  /** Those that are dead or have left, to know when one is back. */
  readonly #gone = new Map<Handle, MemberState>();
  /** Those whose records are their last words. */
  readonly #leaving = new Set<Handle>();
  /** Undefined at rest: each datagram asks whether there are any. */
  #changed: NodeName[] | undefined;
  #isRunning = false;
  #isDisplaced = false;

  /**
   * Takes its port for datagrams at once; takes part from {@link start} on.
   * @throws SelvageError ADDRESS_UNAVAILABLE
   */
  constructor(options: MembershipOptions) {
    const { self, gossip, clock, random, seals, starts, profile, log } = options;
    const host = { gossip, clock, random, log };
    this.#options = options;
    this.#clock = clock;
    this.#metrics = new MembershipMetrics(options.meter);
    const [roster, table] = [options.roster ?? new Roster(), new MemberTable()];
    this.#datagrams = new MemberDatagrams({
      ...options,
      roll: (at) => new MemberRoll(roster, ownEntry(self, gossip, at), table),
      ...this.#input(),
    });
    const { roll } = this.#datagrams;
    this.#roll = roll;
    this.#metBefore = new MetBefore(roll);
    this.#detector = new Detector({
      self: roll.self,
      tagOf: (member) => roll.tagOf(member),
      incarnation: starts.boot * INCARNATIONS_PER_START,
      profile,
      random,
      table,
      statements: new SignedStatements(roll.self, (member) => roll.entry(member), seals),
      out: this.#output(),
    });
    this.#overlay = new Overlay({
      ...host,
      candidates: this.#metBefore,
      changed: (peer, isConnected) => this.#peerChanged(peer, isConnected),
    });
    this.#probes = new StreamProbes({
      ...host,
      isConnected: (id) => this.#overlay.isConnected(id),
      dial: (member) => this.#overlay.connect(member),
    });
    this.#visits = new Visits({
      ...host,
      find: (name) => (this.#isRunning ? this.#host(name) : undefined),
      dial: (member) => this.#overlay.visit(member),
      letGo: (id) => this.#overlay.letGo(id),
    });
    this.#twins = new Twins({
      ...host,
      send: (message, to) => this.#datagrams.sendTwin(message, to),
      rivalled: (rival) => rival >= starts.boot && this.#outlive(rival),
      found: (twin) => {
        this.#isDisplaced = true;
        options.displaced(twin);
      },
    });
  }

  /**
   * Asks whether another process that holds this node's key is where a record of this node says; resolves when
   * that is known, within a second. Of who began earlier `displaced` is told.
   */
  async seekTwin(addresses: readonly PeerAddress[]): Promise<void> {
    const at = datagramPlace(addresses);
    const isOwn =
      at === undefined || (at.host === this.address.host && at.port === this.address.port);
    if (!isOwn) await this.#twins.ask(at);
  }

  /** Asks members; nobody is known before {@link start}. */
  get visits(): MemberVisits {
    return this.#visits;
  }

  /** Where this node takes datagrams. */
  get address(): SocketAddress {
    return this.#datagrams.address;
  }

  start(): void {
    this.#isRunning = true;
    this.#probes.serve();
    this.#overlay.start();
    this.#detector.start(this.#clock.monotonic());
  }

  /**
   * These are members, by their records and their credentials; to be said again when those say something else.
   * Under one name the key with the highest epoch is the member.
   */
  learn(members: Iterable<KnownMember>): void {
    this.#detector.expect(this.#roll.handles);
    for (const member of members) this.#learn(member);
    this.#measure();
    this.#tell();
    this.#overlay.lookSoon();
  }

  /** This one is no member any more: nothing that it says counts. */
  forget(name: NodeName): void {
    const known = this.#roll.named(name);
    if (known === undefined) return;
    this.#drop(known);
    this.#tell();
  }

  /**
   * These were members once, and no record says that they still are: they may be dialled, to find the mesh again, and
   * are not heard. In place of all that were given before.
   */
  dialAlso(former: readonly FormerContact[]): void {
    this.#metBefore.replace(former.filter(({ name }) => name !== this.#options.self.name));
    this.#overlay.lookSoon();
  }

  /** How many others there may be: the members, and those met before. */
  get others(): number {
    return this.members().length + this.#metBefore.count;
  }

  /** All other members, in the order of their names. */
  members(): readonly Member[] {
    const members: Member[] = [];
    for (let place = 0; place < this.#roll.places; place++) {
      const candidate = this.#roll.at(place);
      if (candidate === undefined) continue;
      members.push(this.#view(place, this.#state(place) ?? candidate.state));
    }
    return members.sort(byText(({ name }) => name));
  }

  /** Undefined: nobody is known under this name. */
  stateOf(name: NodeName): MemberState | undefined {
    const member = this.#roll.named(name);
    return member === undefined ? undefined : this.#state(member);
  }

  /** Told whose state is another now. */
  onChange(changed: (names: readonly NodeName[]) => void): void {
    this.#listeners.push(changed);
  }

  /** How far the other members' clocks are ahead of this host's: the median, or undefined while too few answered. */
  clockOffsetMs(): number | undefined {
    return this.#offset.medianMs();
  }

  /** Tells the others that it goes, and goes. Who is displaced has no say: the node of its name stays. */
  async leave(): Promise<void> {
    if (this.#isRunning && !this.#isDisplaced) this.#detector.leave(this.#clock.monotonic());
    await this.stop();
  }

  /** Goes without a word, as a process that is killed. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#twins.stop();
    this.#visits.stop();
    this.#datagrams.close();
    await this.#overlay.stop();
  }

  /** Once the detector is done: whoever is told who changed may ask at once, and teach. */
  #tell(): void {
    const names = this.#changed;
    if (names === undefined) return;
    this.#changed = undefined;
    this.#measure();
    for (const listener of this.#listeners) listener(names);
  }

  #hasChanged(name: NodeName): void {
    this.#changed ??= [];
    this.#changed.push(name);
  }

  #learn(member: KnownMember): void {
    const { self, log } = this.#options;
    const { name, epoch, boot = 0, isLeaving = false } = member;
    if (name === self.name) return;
    const known = this.#roll.named(name);
    if (known !== undefined && this.#roll.entry(known).epoch > epoch) return;
    const entry = memberEntry(member);
    if (!entry.ok) {
      log.debug('member cannot be reached', { name, reason: entry.error });
      return;
    }
    const entered = this.#roll.enter(entry.value, known);
    if (entered !== known && known !== undefined) this.#drop(known, entered);
    if (entered !== known) this.#overlay.moved(member.peerId);
    if (isLeaving) this.#leaving.add(entered);
    else this.#leaving.delete(entered);
    this.#detector.learn(entered, boot * INCARNATIONS_PER_START);
  }

  /** Whoever is silent because its last word was that it goes is asked like the dead, and missed by nobody. */
  #state(member: Handle): MemberState | undefined {
    const state = this.#detector.state(member);
    return state === 'dead' && this.#leaving.has(member) ? 'left' : state;
  }

  #host(name: NodeName): Host | undefined {
    const member = this.#roll.named(name);
    const state = member === undefined ? undefined : this.#state(member);
    if (member === undefined || state === undefined) return undefined;
    const entry = this.#roll.entry(member);
    const { roundTripMs } = this.#detector.facts(member);
    const isConnected = this.#overlay.isConnected(entry.peerId);
    return { entry, state, isConnected, ...(roundTripMs === undefined ? {} : { roundTripMs }) };
  }

  #measure(): void {
    let silent = 0;
    for (const member of this.#leaving) if (this.#detector.state(member) === 'dead') silent += 1;
    const now = this.#clock.monotonic();
    this.#metrics.measured(this.#detector, silent, this.#silence.count(now));
  }

  #input(): Pick<MemberDatagramsOptions, 'isAwaited' | 'heard' | 'twinHeard'> {
    return {
      isAwaited: (body) => this.#detector.isAwaited(body),
      heard: (opened, now) => this.#heard(opened, now),
      twinHeard: (message, from, boot) => this.#twins.heard(message, from, boot),
    };
  }

  #output(): DetectorOutput {
    return {
      send: (to, content) => this.#datagrams.send(to, content),
      after: (delayMs, timer) => this.#after(delayMs, timer),
      probeByStream: (to, probe, timeoutMs) => this.#probe(to, probe, timeoutMs),
      changed: (member) => this.#stateChanged(member),
      counted: (event) => this.#metrics.counted(event),
      rivalled: (incarnation) => this.#outlive(Math.floor(incarnation / INCARNATIONS_PER_START)),
    };
  }

  #after(delayMs: number, timer: DetectorTimer): void {
    this.#clock.after(delayMs, () => this.#expired(timer));
  }

  #expired(timer: DetectorTimer): void {
    if (!this.#isRunning) return;
    this.#detector.expired(timer, this.#clock.monotonic());
    this.#tell();
  }

  /** Somebody started so often with this node's key: from now on it has started more often. */
  #outlive(rival: number): void {
    const { starts } = this.#options;
    starts.outlive(rival);
    this.#detector.raise(starts.boot * INCARNATIONS_PER_START, this.#clock.monotonic());
  }

  #heard({ from: sender, message, boot }: OpenedMessage, now: number): void {
    if (!this.#isRunning) return;
    // That it sends is its own word that it started again, after its death or its leave.
    if (this.#detector.state(sender) !== 'alive') {
      this.#detector.learn(sender, boot * INCARNATIONS_PER_START);
    }
    const { body } = message;
    const isAnswer = body.type === 'ack' && body.subject === sender && body.origin === undefined;
    if (isAnswer && this.#silence.end(sender)) this.#measure();
    const roundTripMs = this.#detector.receive(sender, message, now);
    // Whoever speaks unasked, however often, is no witness of the time.
    if (roundTripMs !== undefined) {
      this.#offset.heard(sender, message.sentAt, this.#clock.now(), roundTripMs);
    }
    this.#tell();
  }

  #probe(member: Handle, probe: number, timeoutMs: number): void {
    const entry = this.#roll.entry(member);
    void this.#probes.probe(entry, timeoutMs).then((isReached) => {
      if (!this.#isRunning) return;
      // A probe that nobody reports on fails by itself; a connection over which it failed is none any more.
      if (!isReached) return this.#overlay.drop(entry.peerId);
      const now = this.#clock.monotonic();
      if (this.#detector.state(member) !== undefined) this.#silence.reached(member, now);
      this.#detector.reached(member, probe, now);
      this.#measure();
      this.#tell();
    });
  }

  #peerChanged({ id, name }: Peer, isConnected: boolean): void {
    const member = this.#roll.named(name as NodeName); // credentials name nodes
    if (member === undefined || this.#roll.entry(member).peerId !== id) return;
    if (isConnected) this.#detector.heard(member, this.#clock.monotonic());
    else this.#detector.suspectConnection(member);
    this.#tell();
  }

  #stateChanged(member: Handle): void {
    const { name, peerId } = this.#roll.entry(member);
    this.#hasChanged(name);
    const { log } = this.#options;
    const state = this.#state(member);
    const before = this.#gone.get(member);
    if (state === 'dead' || state === 'left') {
      // A death takes its time; to leave and return does not, and so must not fill the log.
      if (state === 'dead' && before !== 'dead') log.warn('member is dead', { member: name });
      this.#gone.set(member, state);
      this.#silence.end(member);
      this.#overlay.drop(peerId);
    } else if (before !== undefined) {
      this.#gone.delete(member);
      if (before === 'dead') log.info('member is back', { member: name });
      const candidate = this.#roll.at(member);
      if (candidate !== undefined) this.#overlay.revived(candidate);
    }
  }

  /** With a successor: the same member at another address, or the one that has its name now. */
  #drop(member: Handle, successor?: Handle): void {
    const { name, tag } = this.#roll.entry(member);
    if (successor !== undefined && this.#roll.tagOf(successor) === tag) {
      this.#datagrams.move(member, successor);
    } else {
      this.#datagrams.forget(member);
    }
    this.#detector.forget(member);
    this.#offset.forget(member);
    this.#gone.delete(member);
    this.#leaving.delete(member);
    this.#silence.end(member);
    this.#roll.leave(member);
    this.#hasChanged(name);
  }

  #view(member: Handle, state: MemberState): Member {
    const { tag: _, addresses, address, ...who } = this.#roll.entry(member);
    const { incarnation, lastContactAt, roundTripMs } = this.#detector.facts(member);
    const now = this.#clock.monotonic();
    const withoutDatagramsMs = state === 'alive' ? this.#silence.of(member, now) : undefined;
    return {
      ...who,
      state,
      incarnation,
      addresses: [...addresses, datagramAddress(address)],
      ...(lastContactAt === undefined ? {} : { lastContactMs: Math.max(0, now - lastContactAt) }),
      ...(roundTripMs === undefined ? {} : { roundTripMs }),
      ...(withoutDatagramsMs === undefined ? {} : { withoutDatagramsMs }),
    };
  }
}

import { byText, type NodeName } from '../core/index.ts';
import type {
  Clock,
  DatagramSocket,
  Datagrams,
  EpochMs,
  Gossip,
  Log,
  Meter,
  Peer,
  Random,
  SocketAddress,
} from '../ports/index.ts';
import { ClockOffset } from './clock-offset.ts';
import { boundDatagrams } from './datagram-socket.ts';
import type { KnownMember, Member } from './member.ts';
import { datagramAddress, memberEntry } from './member-entry.ts';
import { MemberRoll } from './member-roll.ts';
import { MEMBER_STATES, type MembershipMetrics, membershipMetrics } from './membership-metrics.ts';
import { Overlay } from './overlay.ts';
import type { MemberSeals } from './seal.ts';
import { SignedStatements } from './signed-statements.ts';
import { StreamProbes } from './stream-probes.ts';
import {
  type Content,
  Detector,
  type DetectorOutput,
  type Handle,
  INCARNATIONS_PER_START,
  type MemberState,
  type Profile,
  Roster,
  type RosterEntry,
} from './swim/index.ts';
import { memberTag, SealedDatagrams } from './wire/index.ts';

export interface MembershipOptions {
  /** This node, as its membership credential says. */
  readonly self: Pick<KnownMember, 'name' | 'publicKey' | 'epoch'>;
  /** Where it takes datagrams; another port when this one is taken. */
  readonly listen: SocketAddress;
  readonly profile: Profile;
  /** How often this node has started: durable, and only growing. */
  readonly boot: () => number;
  /**
   * By this node's own key it is said to have started so often: its disk has forgotten, or another process
   * holds the key. {@link boot} is to say more than that from now on.
   */
  readonly rivalled: (boot: number) => void;
  readonly seals: MemberSeals;
  /** Shared by all nodes of this process; by default each has its own. */
  readonly roster?: Roster;
  readonly datagrams: Pick<Datagrams, 'bind'>;
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * Who is a member and alive, as this node finds it out: joins the failure detector with datagrams, streams and
 * timers, and keeps the node connected with some of those that live.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #socket: DatagramSocket;
  readonly #roll: MemberRoll;
  readonly #detector: Detector;
  readonly #sealed: SealedDatagrams;
  readonly #overlay: Overlay;
  readonly #probes: StreamProbes;
  readonly #metrics: MembershipMetrics;
  readonly #offset = new ClockOffset();
  readonly #listeners: ((names: readonly NodeName[]) => void)[] = [];
  /** Those that are dead or have left, to know when one is back. */
  readonly #gone = new Set<Handle>();
  #changed: NodeName[] = [];
  #isRunning = false;

  /**
   * Takes its port for datagrams at once; takes part from {@link start} on.
   * @throws SelvageError ADDRESS_UNAVAILABLE
   */
  constructor(options: MembershipOptions) {
    const { listen, datagrams, gossip, clock, random, seals, boot, profile, log } = options;
    this.#options = options;
    this.#metrics = membershipMetrics(options.meter);
    this.#socket = boundDatagrams(datagrams, listen, (bytes, from) => this.#received(bytes, from));
    const self = this.#ownEntry();
    const roll = new MemberRoll(options.roster ?? new Roster(), self, () => this.#detector);
    this.#roll = roll;
    this.#sealed = new SealedDatagrams({ self, seals, boot, book: roll });
    this.#detector = new Detector({
      self: roll.self,
      incarnation: boot() * INCARNATIONS_PER_START,
      ...{ profile, random },
      statements: new SignedStatements(roll.self, (member) => roll.entry(member), seals),
      out: this.#output(),
    });
    this.#overlay = new Overlay({
      ...{ gossip, clock, random, log },
      candidates: roll,
      changed: (peer, isConnected) => this.#peerChanged(peer, isConnected),
    });
    this.#probes = new StreamProbes({
      ...{ gossip, clock },
      isConnected: (id) => this.#overlay.isConnected(id),
      dial: (member) => this.#overlay.connect(member),
    });
  }

  /** Where this node takes datagrams. */
  get address(): SocketAddress {
    return { host: this.#options.listen.host, port: this.#socket.port };
  }

  start(): void {
    this.#isRunning = true;
    this.#probes.serve();
    this.#overlay.start();
    this.#detector.start(this.#options.clock.monotonic());
  }

  /**
   * These are members, by their records and their credentials; to be said again when those say something else.
   * Under one name the key with the highest epoch is the member.
   */
  learn(members: Iterable<KnownMember>): void {
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

  /** All other members, in the order of their names. */
  members(): readonly Member[] {
    const members: Member[] = [];
    for (let place = 0; place < this.#roll.places; place++) {
      const candidate = this.#roll.at(place);
      if (candidate !== undefined) members.push(this.#view(place, candidate.state));
    }
    return members.sort(byText(({ name }) => name));
  }

  /** Undefined: nobody is known under this name. */
  stateOf(name: NodeName): MemberState | undefined {
    const member = this.#roll.named(name);
    return member === undefined ? undefined : this.#detector.state(member);
  }

  /** Told whose state is another now. */
  onChange(changed: (names: readonly NodeName[]) => void): void {
    this.#listeners.push(changed);
  }

  /** How far the other members' clocks are ahead of this host's: the median, or undefined while too few answered. */
  clockOffsetMs(): number | undefined {
    return this.#offset.medianMs();
  }

  /** Tells the others that it goes, and goes. */
  async leave(): Promise<void> {
    if (this.#isRunning) this.#detector.leave(this.#options.clock.monotonic());
    await this.stop();
  }

  /** Goes without a word, as a process that is killed. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#socket.close();
    await this.#overlay.stop();
  }

  /** Once the detector is done: whoever is told who changed may ask at once, and teach. */
  #tell(): void {
    if (this.#changed.length === 0) return;
    const names = this.#changed;
    this.#changed = [];
    this.#measure();
    for (const listener of this.#listeners) listener(names);
  }

  #measure(): void {
    for (const state of MEMBER_STATES) {
      this.#metrics.members.set({ state }, this.#detector.count(state));
    }
    this.#metrics.slowness.set({}, this.#detector.localHealth);
  }

  #learn(member: KnownMember): void {
    const { self, log } = this.#options;
    const { name, epoch, boot = 0 } = member;
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
    this.#detector.learn(entered, boot * INCARNATIONS_PER_START);
  }

  #output(): DetectorOutput {
    const { clock, boot, rivalled } = this.#options;
    return {
      send: (to, content) => this.#send(to, content),
      after: (delayMs, timer) => {
        clock.after(delayMs, () => {
          if (!this.#isRunning) return;
          this.#detector.expired(timer, clock.monotonic());
          this.#tell();
        });
      },
      probeByStream: (to, probe, timeoutMs) => this.#probe(to, probe, timeoutMs),
      changed: (member) => this.#stateChanged(member),
      counted: (event) => this.#metrics.events.add({ event }),
      rivalled: (incarnation) => {
        rivalled(Math.floor(incarnation / INCARNATIONS_PER_START));
        this.#detector.raise(boot() * INCARNATIONS_PER_START, clock.monotonic());
      },
    };
  }

  #send(to: Handle, content: Content): void {
    const bytes = this.#sealed.seal(to, content, this.#options.clock.now());
    if (this.#socket.send(bytes, this.#roll.entry(to).address)) this.#metrics.sent.add({});
  }

  #received(bytes: Uint8Array, from: SocketAddress): void {
    if (!this.#isRunning) return;
    const now = this.#options.clock.monotonic();
    const opened = this.#sealed.open(bytes, from, now);
    if (typeof opened === 'string') {
      this.#metrics.refusals.add({ reason: opened });
      return;
    }
    this.#metrics.received.add({});
    if (opened.from === 'twin') return;
    const { from: sender, message, boot } = opened;
    // That it sends is its own word that it started again, after its death or its leave.
    if (this.#detector.state(sender) !== 'alive') {
      this.#detector.learn(sender, boot * INCARNATIONS_PER_START);
    }
    this.#detector.receive(sender, message, now);
    if (message.body.type === 'ack' && message.body.subject === sender) {
      this.#compareClocks(sender, message.sentAt);
    }
    this.#tell();
  }

  #compareClocks(sender: Handle, sentAt: EpochMs): void {
    const { roundTripMs } = this.#detector.facts(sender);
    if (roundTripMs === undefined) return;
    this.#offset.heard(sender, sentAt, this.#options.clock.now(), roundTripMs);
  }

  #probe(member: Handle, probe: number, timeoutMs: number): void {
    const entry = this.#roll.entry(member);
    void this.#probes.probe(entry, timeoutMs).then((isReached) => {
      if (!this.#isRunning) return;
      // A probe that nobody reports on fails by itself; a connection over which it failed is none any more.
      if (!isReached) return this.#overlay.drop(entry.peerId);
      this.#detector.reached(member, probe, this.#options.clock.monotonic());
      this.#tell();
    });
  }

  #peerChanged({ id, name }: Peer, isConnected: boolean): void {
    const member = this.#roll.named(name as NodeName); // credentials name nodes
    if (member === undefined || this.#roll.entry(member).peerId !== id) return;
    if (isConnected) this.#detector.heard(member, this.#options.clock.monotonic());
    else this.#detector.suspectConnection(member);
    this.#tell();
  }

  #stateChanged(member: Handle): void {
    this.#changed.push(this.#roll.entry(member).name);
    const candidate = this.#roll.at(member);
    if (candidate === undefined) return;
    if (candidate.state === 'dead' || candidate.state === 'left') {
      this.#gone.add(member);
      this.#overlay.drop(candidate.peerId);
    } else if (this.#gone.delete(member)) {
      this.#overlay.revived(candidate);
    }
  }

  /** With a successor: the same member at another address, or the one that has its name now. */
  #drop(member: Handle, successor?: Handle): void {
    const { name, tag } = this.#roll.entry(member);
    if (successor !== undefined && this.#roll.tagOf(successor) === tag) {
      this.#sealed.move(member, successor);
    } else {
      this.#sealed.forget(member);
    }
    this.#detector.forget(member);
    this.#offset.forget(member);
    this.#gone.delete(member);
    this.#roll.leave(member);
    this.#changed.push(name);
  }

  #view(member: Handle, state: MemberState): Member {
    const { name, peerId, publicKey, epoch, addresses, address } = this.#roll.entry(member);
    const { incarnation, lastContactAt, roundTripMs } = this.#detector.facts(member);
    const now = this.#options.clock.monotonic();
    return {
      ...{ name, peerId, publicKey, epoch, state, incarnation },
      addresses: [...addresses, datagramAddress(address)],
      ...(lastContactAt === undefined ? {} : { lastContactMs: Math.max(0, now - lastContactAt) }),
      ...(roundTripMs === undefined ? {} : { roundTripMs }),
    };
  }

  #ownEntry(): RosterEntry {
    const { self, gossip } = this.#options;
    const { name, publicKey, epoch } = self;
    const tag = memberTag(name, epoch, publicKey);
    const addresses = gossip.addresses();
    return { name, publicKey, epoch, peerId: gossip.self, addresses, address: this.address, tag };
  }
}

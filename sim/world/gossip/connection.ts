import type { Peer } from '../../../src/ports/index.ts';
import type { ProcessEnd } from '../process.ts';
import type { TrafficKind } from '../traffic.ts';
import { type Frame, Lane } from './lane.ts';
import { watchForSilence } from './monitor.ts';
import type { SimGossip } from './sim-gossip.ts';
import { FRAME_BYTES } from './wire-cost.ts';

/** Two members' connection: an end for each. */
export class Connection {
  readonly dialler: Link;
  readonly listener: Link;

  /** @param listenerAs who the listener is to the dialler, and the other way round */
  constructor(dialler: SimGossip, listener: SimGossip, listenerAs: Peer, diallerAs: Peer) {
    this.dialler = new Link(
      { member: dialler, as: diallerAs },
      { member: listener, as: listenerAs },
      this,
    );
    this.listener = this.dialler.other;
    dialler.ends.add(this.dialler);
    listener.ends.add(this.listener);
    dialler.host.network.overlay.connect(dialler.number, listener.number, this);
  }

  endOf(member: SimGossip): Link {
    return this.dialler.own === member ? this.dialler : this.listener;
  }
}

/** A member, and who it is to the one at the other end. */
interface Side {
  readonly member: SimGossip;
  readonly as: Peer;
}

/** One end of a connection: what its member holds of it, and its way to the other end. */
export class Link {
  // First what every frame touches, so that it lies together.
  readonly own: SimGossip;
  readonly other: Link;
  /** The other end's member, by its number. */
  readonly farNumber: number;
  /** From the other end to here, without jitter and losses. */
  readonly backMs: number;
  #state: 'new' | 'open' | 'closed' = 'new';
  readonly #lane: Lane;
  readonly peer: Peer;
  readonly isOutbound: boolean;
  readonly #connection: Connection;
  #topics = 0;
  #mesh = 0;

  /** @param other the dialler's end; where it is left out, this is it, and makes the other */
  constructor(own: Side, far: Side, connection: Connection, other?: Link) {
    const { host } = far.member;
    this.own = own.member;
    this.peer = far.as;
    this.isOutbound = other === undefined;
    this.farNumber = far.member.number;
    this.backMs = host.network.latencyMs(host, this.own.host);
    this.#connection = connection;
    this.#lane = new Lane(this, host);
    this.other = other ?? new Link(far, own, connection, this);
  }

  /** Without jitter and losses. */
  get roundTripMs(): number {
    return this.#lane.latencyMs + this.backMs;
  }

  /** A bit for each topic that the other end is known to follow. */
  get topics(): number {
    return this.#topics;
  }

  set topics(topics: number) {
    this.#topics = topics;
    this.own.topics.circles.changed();
  }

  /** A bit for each topic in whose mesh the other end is. */
  get mesh(): number {
    return this.#mesh;
  }

  set mesh(topics: number) {
    this.#mesh = topics;
    this.own.topics.circles.changed();
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  open(): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    this.own.host.traffic.connections(1);
    this.own.linkOpened(this);
  }

  /** Closes this end, and tells the other. */
  close(): void {
    this.#end(true);
  }

  /** Sends a frame of `bytes` beyond what every frame costs. */
  send(kind: TrafficKind, bytes: number, frame: Frame): void {
    if (this.isClosed) return;
    this.own.count(kind, bytes);
    this.#lane.carry(frame, FRAME_BYTES + bytes);
  }

  /** This end is gone with its process, which did nothing for it; its kernel may tell the other. */
  vanish(end: ProcessEnd): void {
    if (this.isClosed) return;
    if (this.isOpen) this.own.host.traffic.connections(-1);
    this.#state = 'closed';
    this.#forget();
    if (end === 'killed') {
      this.#lane.carry(CLOSING, FRAME_BYTES);
    } else {
      this.#lane.drop();
      watchForSilence(this.other);
    }
  }

  /** For frames that arrive: the other end closed. */
  closed(): void {
    this.#end(false);
  }

  #end(tellsOther: boolean): void {
    if (this.isClosed) return;
    const wasOpen = this.isOpen;
    this.#state = 'closed';
    if (tellsOther) this.#lane.carry(CLOSING, FRAME_BYTES);
    this.#forget();
    if (!wasOpen) return;
    this.own.host.traffic.connections(-1);
    this.own.linkClosed(this);
  }

  #forget(): void {
    this.own.ends.delete(this);
    const { overlay } = this.own.host.network;
    overlay.disconnect(this.own.number, this.farNumber, this.#connection);
  }
}

const CLOSING: Frame = { digest: 0, arrive: (at) => at.closed() };

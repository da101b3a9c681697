import type { Peer } from '../../../src/ports/index.ts';
import { LOST } from '../network.ts';
import type { ProcessEnd, Turn } from '../process.ts';
import type { WorldEvent } from '../timeline.ts';
import type { TrafficKind } from '../traffic.ts';
import { MONITOR_PERIOD_MS, MONITOR_TIMEOUT_MS, RETRY_MS } from './limits.ts';
import type { SimGossip } from './sim-gossip.ts';
import { FRAME_BYTES } from './wire-cost.ts';

/** What travels on a connection, whole and in order. */
export interface Frame {
  /** Of its content, for the trace. */
  readonly digest: number;
  arrive(at: Link): void;
}

/** In the trace. */
const FRAME = 3;

/** Two members' connection: an end for each. */
export class Connection {
  readonly dialler: Link;
  readonly listener: Link;

  /** @param listenerAs who the listener is to the dialler, and the other way round */
  constructor(dialler: SimGossip, listener: SimGossip, listenerAs: Peer, diallerAs: Peer) {
    this.dialler = new Link(dialler, listenerAs, this, true);
    this.listener = new Link(listener, diallerAs, this, false);
    dialler.ends.add(this.dialler);
    listener.ends.add(this.listener);
    dialler.host.network.overlay.connect(dialler.number, listener.number, this);
  }

  endOf(member: SimGossip): Link {
    return this.dialler.own === member ? this.dialler : this.listener;
  }
}

/** One end of a connection: what its member holds of it, and its way to the other end. */
export class Link {
  readonly own: SimGossip;
  readonly peer: Peer;
  readonly isOutbound: boolean;
  /** A bit for each topic that the other end is known to follow, and in whose mesh it is. */
  topics = 0;
  mesh = 0;
  readonly #connection: Connection;
  #state: 'new' | 'open' | 'closed' = 'new';
  #lastArrival = 0;
  /** Sent, and not arriving while the way is cut; undefined while it is not. */
  #stalled: { readonly frame: Frame; readonly bytes: number }[] | undefined;

  constructor(own: SimGossip, peer: Peer, connection: Connection, isOutbound: boolean) {
    this.own = own;
    this.peer = peer;
    this.#connection = connection;
    this.isOutbound = isOutbound;
  }

  get other(): Link {
    const { dialler, listener } = this.#connection;
    return this.isOutbound ? listener : dialler;
  }

  /** Without jitter and losses. */
  get roundTripMs(): number {
    const { host } = this.own;
    const there = this.other.own.host;
    return host.network.latencyMs(host, there) + host.network.latencyMs(there, host);
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
    this.count(kind, bytes);
    this.#carry(frame, FRAME_BYTES + bytes);
  }

  /** Counts a frame as sent that would change nothing where it arrives. */
  count(kind: TrafficKind, bytes: number): void {
    this.own.host.traffic.add(kind, FRAME_BYTES + bytes);
  }

  /** This end is gone with its process, which did nothing for it; its kernel may tell the other. */
  vanish(end: ProcessEnd): void {
    if (this.isClosed) return;
    if (this.isOpen) this.own.host.traffic.connections(-1);
    this.#state = 'closed';
    this.#forget();
    if (end === 'killed') {
      this.#carry(CLOSING, FRAME_BYTES);
    } else {
      this.#stalled = undefined;
      this.other.watch();
    }
  }

  /**
   * The other end may have fallen silent: found out when it is tried next, and does not answer in
   * time (libp2p's connection monitor).
   */
  watch(): void {
    const { timeline, random } = this.own.process;
    const askedAt = timeline.now + MONITOR_PERIOD_MS * random.fraction();
    const judge = (): void => {
      if (this.isClosed || !this.#isSilent(timeline.now)) return;
      if (this.#isSilent(askedAt)) {
        this.own.process.turn({ isTimer: true, run: () => this.close() });
      } else this.watch();
    };
    const ask = (): void => {
      if (this.isClosed || !this.#isSilent(askedAt)) return;
      timeline.add(askedAt + MONITOR_TIMEOUT_MS, { happen: judge });
    };
    timeline.add(askedAt, { happen: ask });
  }

  /** For frames that arrive: the other end closed. */
  closed(): void {
    this.#end(false);
  }

  /** Nothing has come from there since then, and nothing can. */
  #isSilent(since: number): boolean {
    const { network } = this.own.host;
    const other = this.other.own;
    if (!other.process.isAlive) return true;
    if (other.process.isBlocked && other.process.blockedSince <= since) return true;
    const isCut =
      network.isCut(this.own.host, other.host) || network.isCut(other.host, this.own.host);
    return isCut && network.cutsChangedAt <= since;
  }

  #end(tellsOther: boolean): void {
    if (this.isClosed) return;
    const wasOpen = this.isOpen;
    this.#state = 'closed';
    if (tellsOther) this.#carry(CLOSING, FRAME_BYTES);
    this.#forget();
    if (!wasOpen) return;
    this.own.host.traffic.connections(-1);
    this.own.linkClosed(this);
  }

  #forget(): void {
    this.own.ends.delete(this);
    const { overlay } = this.own.host.network;
    overlay.disconnect(this.own.number, this.other.own.number, this.#connection);
  }

  #carry(frame: Frame, bytes: number): void {
    if (this.#stalled !== undefined) {
      this.#stalled.push({ frame, bytes });
      return;
    }
    const { host } = this.own;
    const { timeline } = this.own.process;
    const transitMs = host.network.streamMs(host, this.other.own.host, bytes);
    if (transitMs === LOST) {
      this.#stalled = [{ frame, bytes }];
      this.#retry(RETRY_MS);
      return;
    }
    this.#lastArrival = Math.max(this.#lastArrival, timeline.now + transitMs);
    timeline.add(this.#lastArrival, new FrameArrival(this.other, frame));
  }

  /** The kernel sends what stalled again, whatever became of the process. */
  #retry(inMs: number): void {
    const { host } = this.own;
    const { timeline } = this.own.process;
    const again = (): void => {
      const stalled = this.#stalled;
      if (stalled === undefined || this.other.isClosed) return;
      if (host.network.isCut(host, this.other.own.host)) {
        this.#retry(2 * inMs);
        return;
      }
      this.#stalled = undefined;
      for (const { frame, bytes } of stalled) this.#carry(frame, bytes);
    };
    timeline.add(timeline.now + inMs, { happen: again });
  }
}

const CLOSING: Frame = { digest: 0, arrive: (at) => at.closed() };

class FrameArrival implements WorldEvent, Turn {
  readonly isTimer = false;
  readonly #to: Link;
  readonly #frame: Frame;

  constructor(to: Link, frame: Frame) {
    this.#to = to;
    this.#frame = frame;
  }

  happen(): void {
    this.#to.own.process.turn(this);
  }

  run(): void {
    if (this.#to.isClosed) return;
    const { host } = this.#to.own;
    const { timeline } = this.#to.own.process;
    timeline.trace.note(timeline.now, host.number, FRAME, this.#frame.digest);
    this.#frame.arrive(this.#to);
  }
}

import type { SocketAddress } from '../../src/ports/index.ts';
import type { Cut } from './cuts.ts';
import { DatagramsUnderWay } from './datagrams-under-way.ts';
import { Overlay } from './gossip/index.ts';
import type { SimHost } from './host.ts';
import type { SimRandom } from './random.ts';
import type { Timeline } from './timeline.ts';

/** How well the network does; shares are of 0 to 1. */
export interface NetworkConditions {
  /** Of packets, each alone. */
  readonly loss: number;
  /** Of datagrams that arrive twice. */
  readonly duplication: number;
  /** Of datagrams that are held up, so that later ones overtake them. */
  readonly reordering: number;
}

export interface NetworkOptions extends Partial<NetworkConditions> {
  /** One way, in milliseconds, from the region of the row to that of the column. */
  readonly latencyMs: readonly (readonly number[])[];
  /** At most so much longer, uniformly. */
  readonly jitterMs: number;
}

/** All hosts within 50 ms there and back. */
export const LAN: NetworkOptions = { latencyMs: [[24]], jitterMs: 2 };

/** What does not arrive. */
export const LOST = -1;

/** How much later a datagram comes that is held up, at most. */
const REORDERED_MS = 200;
/** What is sent again when nothing confirms it (RFC 6298 with Linux's minimum), beyond a round trip. */
const RETRANSMISSION_MS = 200;
/** What one packet of a connection holds: Ethernet's 1,500 without headers. */
export const SEGMENT_BYTES = 1_448;
/** 1 Gbit/s. */
const BYTES_PER_MS = 125_000;
/** After so many losses in a row of one packet: a lossy network, and no cut one. */
const MOST_RETRANSMISSIONS = 8;

/** Ways between hosts: how long they take, what they lose, where they are cut. */
export class Network {
  conditions: NetworkConditions;
  /** What all hosts' gossip has in common. */
  readonly overlay = new Overlay();
  readonly underWay = new DatagramsUnderWay();
  readonly #options: NetworkOptions;
  readonly #timeline: Timeline;
  readonly #random: SimRandom;
  readonly #cuts = new Set<Cut>();
  readonly #byAddress = new Map<string, SimHost>();
  /** By the objects that senders name them with: the same ones again and again. */
  readonly #byName = new WeakMap<SocketAddress, SimHost>();
  #cutsChangedAt = 0;

  constructor(options: NetworkOptions, timeline: Timeline, random: SimRandom) {
    this.#options = options;
    this.#timeline = timeline;
    this.#random = random;
    const { loss = 0, duplication = 0, reordering = 0 } = options;
    this.conditions = { loss, duplication, reordering };
  }

  attach(host: SimHost): void {
    this.#byAddress.set(host.address, host);
  }

  hostAt(address: string): SimHost | undefined {
    return this.#byAddress.get(address);
  }

  /** The same of the host that `place` is at. */
  hostNamed(place: SocketAddress): SimHost | undefined {
    const known = this.#byName.get(place);
    if (known !== undefined) return known;
    const host = this.hostAt(place.host);
    if (host === undefined) return undefined;
    this.#byName.set(place, host);
    host.isCalled(place);
    return host;
  }

  /** From now on nothing passes where `cut` says so. Returns what heals it. */
  cut(cut: Cut): () => void {
    this.#cuts.add(cut);
    this.#cutsChangedAt = this.#timeline.now;
    this.overlay.watch((from, to) => cut(from.number, to.number) || cut(to.number, from.number));
    return () => {
      if (this.#cuts.delete(cut)) this.#cutsChangedAt = this.#timeline.now;
    };
  }

  /** When anything was cut or healed last. */
  get cutsChangedAt(): number {
    return this.#cutsChangedAt;
  }

  isCut(from: SimHost, to: SimHost): boolean {
    if (this.#cuts.size === 0) return false;
    for (const cut of this.#cuts) if (cut(from.number, to.number)) return true;
    return false;
  }

  /** How long a packet takes that is neither lost nor held up, without jitter. */
  latencyMs(from: SimHost, to: SimHost): number {
    return this.#options.latencyMs[from.region]?.[to.region] ?? 0;
  }

  /** How long a datagram takes that is sent now, or {@link LOST}. */
  datagramMs(from: SimHost, to: SimHost): number {
    if (this.isCut(from, to)) return LOST;
    const { loss, reordering } = this.conditions;
    if (loss > 0 && this.#random.fraction() < loss) return LOST;
    const held =
      reordering > 0 && this.#random.fraction() < reordering
        ? REORDERED_MS * this.#random.fraction()
        : 0;
    return this.#transitMs(from, to) + held;
  }

  /** How long the copy takes of a datagram that arrives twice; {@link LOST} when this one does not. */
  copyMs(from: SimHost, to: SimHost): number {
    const { duplication } = this.conditions;
    if (duplication === 0 || this.#random.fraction() >= duplication) return LOST;
    return this.#transitMs(from, to);
  }

  /**
   * How long bytes of a connection take that are sent now, with what is lost on the way sent again,
   * or {@link LOST} while the way is cut.
   */
  streamMs(from: SimHost, to: SimHost, bytes: number): number {
    return this.isCut(from, to) ? LOST : this.transferMs(this.latencyMs(from, to), bytes);
  }

  /** The same for a way that is not cut, and has this latency. */
  transferMs(latencyMs: number, bytes: number): number {
    const transitMs = latencyMs + this.#jitterMs();
    return transitMs + bytes / BYTES_PER_MS + this.#retransmissionMs(2 * transitMs, bytes);
  }

  #retransmissionMs(roundTripMs: number, bytes: number): number {
    const { loss } = this.conditions;
    if (loss === 0) return 0;
    const whole = (1 - loss) ** Math.ceil(bytes / SEGMENT_BYTES);
    let timeoutMs = RETRANSMISSION_MS + roundTripMs;
    let waitedMs = 0;
    let chance = 1 - whole;
    for (let i = 0; i < MOST_RETRANSMISSIONS && this.#random.fraction() < chance; i++) {
      waitedMs += timeoutMs;
      timeoutMs *= 2;
      chance = loss; // of what was sent again, which is one packet
    }
    return waitedMs;
  }

  #transitMs(from: SimHost, to: SimHost): number {
    return this.latencyMs(from, to) + this.#jitterMs();
  }

  #jitterMs(): number {
    return this.#options.jitterMs * this.#random.fraction();
  }
}

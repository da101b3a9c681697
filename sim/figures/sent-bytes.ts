import { TRAFFIC_KINDS, type TrafficKind } from '../world/index.ts';

export interface SentBytesView {
  readonly size: number;
  /** By all hosts together, since the world began. */
  sentInAll(kind: TrafficKind): number;
}

/** What nodes send, by what it is for: from a mark on, so that what starting costs is not counted as steady. */
export class SentBytes {
  readonly #mesh: SentBytesView;
  readonly #markedAt: number;
  readonly #before: ReadonlyMap<TrafficKind, number>;

  constructor(mesh: SentBytesView, now: number) {
    this.#mesh = mesh;
    this.#markedAt = now;
    this.#before = new Map(TRAFFIC_KINDS.map((kind) => [kind, mesh.sentInAll(kind)]));
  }

  /** By each node each second since then, on average. */
  perNodeSecond(now: number): Readonly<Record<TrafficKind, number>> {
    const nodeSeconds = (this.#mesh.size * (now - this.#markedAt)) / 1_000;
    const rate = (kind: TrafficKind): number =>
      (this.#mesh.sentInAll(kind) - (this.#before.get(kind) ?? 0)) / nodeSeconds;
    return {
      datagram: rate('datagram'),
      message: rate('message'),
      control: rate('control'),
      request: rate('request'),
      connection: rate('connection'),
    };
  }
}

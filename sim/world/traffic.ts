import { IDLE_BYTES_PER_SECOND } from './gossip/index.ts';
import type { Timeline } from './timeline.ts';

/**
 * What bytes were sent for: datagrams of membership; messages of topics; what gossip says of itself
 * (subscriptions, mesh, what is to be had); requests and answers; connections as such (set up, kept).
 */
export const TRAFFIC_KINDS = ['datagram', 'message', 'control', 'request', 'connection'] as const;

export type TrafficKind = (typeof TRAFFIC_KINDS)[number];

/** Bytes that one host sent, as they would be on a wire, with all headers from IP on. */
export class Traffic {
  readonly #timeline: Timeline;
  readonly #sent: Record<TrafficKind, number> = {
    datagram: 0,
    message: 0,
    control: 0,
    request: 0,
    connection: 0,
  };
  #openConnections = 0;
  #countedUntil = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  add(kind: TrafficKind, bytes: number): void {
    this.#sent[kind] += bytes;
  }

  /** This many connections more are open, or fewer: each costs something by being there. */
  connections(more: number): void {
    this.#countIdle();
    this.#openConnections += more;
  }

  sent(kind: TrafficKind): number {
    this.#countIdle();
    return this.#sent[kind];
  }

  get total(): number {
    return TRAFFIC_KINDS.reduce((sum, kind) => sum + this.sent(kind), 0);
  }

  #countIdle(): void {
    const { now } = this.#timeline;
    const openSeconds = (this.#openConnections * (now - this.#countedUntil)) / 1_000;
    this.#sent.connection += openSeconds * IDLE_BYTES_PER_SECOND;
    this.#countedUntil = now;
  }
}

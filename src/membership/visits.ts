import type { NodeName } from '../core/index.ts';
import type { Clock, Gossip, MemberVisits, Peer, PeerId, Random, Timer } from '../ports/index.ts';
import type { MemberState, RosterEntry } from './swim/index.ts';

/** How long a member may take to be connected with: some round trips and two signatures, on any line. */
export const VISIT_DIAL_MS = 2_000;
/** How long a connection stays after the last question: sidecars that start together ask one after another. */
export const VISIT_LINGER_MS = 2_000;
/** Round trips below this are equally short. */
const NEAR_MS = 5;
/** More doublings than any round trip has. */
const FAR = 1_000;

/** Who a member is, and where its connections are taken. */
export type Visited = Pick<RosterEntry, 'name' | 'peerId' | 'addresses'>;

/** What is known of a member who may be visited. */
export interface Host {
  readonly entry: Visited;
  readonly state: MemberState;
  readonly isConnected: boolean;
  readonly roundTripMs?: number;
}

interface VisitsOptions {
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly random: Random;
  /** Undefined: nobody is known under this name. */
  readonly find: (name: NodeName) => Host | undefined;
  /** Connects, if it is not connected; rejects when it cannot be reached. */
  readonly dial: (member: Visited) => Promise<void>;
  /** Closes the connection if it is there for questions only. */
  readonly letGo: (id: PeerId) => void;
}

/**
 * Questions to members with whom this node is perhaps not connected, as in a large mesh it is with few. Who is asked
 * by all must not stay connected with all: connections for questions end soon after the last one.
 */
export class Visits implements MemberVisits {
  readonly #options: VisitsOptions;
  /** Questions and dials under way, by whom they are to. */
  readonly #open = new Map<PeerId, number>();
  readonly #lingering = new Map<PeerId, Timer>();

  constructor(options: VisitsOptions) {
    this.#options = options;
  }

  /** Rejects within {@link VISIT_DIAL_MS} when it is not connected, else as `ask` does. */
  async visit<T>(name: NodeName, ask: (peer: Peer) => Promise<T>): Promise<T> {
    const host = this.#options.find(name);
    if (host === undefined) throw new Error('it is not known here');
    if (host.state === 'dead') throw new Error('it is dead');
    if (host.state === 'left') throw new Error('it has left');
    const { peerId } = host.entry;
    this.#enter(peerId);
    try {
      await this.#reach(host.entry);
      const peer = this.#options.gossip.peers().find(({ id }) => id === peerId);
      if (peer === undefined) throw new Error('its connection has ended');
      return await ask(peer);
    } finally {
      this.#leave(peerId);
    }
  }

  nearestFirst(names: readonly NodeName[]): readonly NodeName[] {
    const { random } = this.#options;
    return names
      .map((name) => ({ name, distance: this.#distance(name), lot: random.fraction() }))
      .sort((a, b) => a.distance - b.distance || a.lot - b.lot)
      .map(({ name }) => name);
  }

  stop(): void {
    for (const timer of this.#lingering.values()) timer.cancel();
    this.#lingering.clear();
  }

  /** In doublings of the round trip: who is a little nearer than others is not asked by everybody. */
  #distance(name: NodeName): number {
    const host = this.#options.find(name);
    if (host?.state !== 'alive') return 2 * FAR;
    const doublings = Math.floor(Math.log2(Math.max(1, (host.roundTripMs ?? 0) / NEAR_MS)));
    return doublings + (host.isConnected ? 0 : FAR);
  }

  /** A dial that succeeds too late is a visit too: somebody has to close it. */
  async #reach(member: Visited): Promise<void> {
    const { clock, dial } = this.#options;
    this.#enter(member.peerId);
    const dialled = dial(member).finally(() => this.#leave(member.peerId));
    const late = Promise.withResolvers<never>();
    const timer = clock.after(VISIT_DIAL_MS, () =>
      late.reject(new Error(`it is not connected within ${VISIT_DIAL_MS} ms`)),
    );
    try {
      await Promise.race([dialled, late.promise]);
    } finally {
      timer.cancel();
    }
  }

  #enter(id: PeerId): void {
    this.#lingering.get(id)?.cancel();
    this.#lingering.delete(id);
    this.#open.set(id, (this.#open.get(id) ?? 0) + 1);
  }

  #leave(id: PeerId): void {
    const left = (this.#open.get(id) ?? 0) - 1;
    if (left > 0) {
      this.#open.set(id, left);
      return;
    }
    this.#open.delete(id);
    const { clock, letGo } = this.#options;
    const end = (): void => {
      this.#lingering.delete(id);
      letGo(id);
    };
    this.#lingering.set(id, clock.after(VISIT_LINGER_MS, end));
  }
}

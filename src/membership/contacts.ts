import type { NodeName } from '../core/index.ts';
import type { PeerAddress, PeerId, Random } from '../ports/index.ts';
import type { MemberState } from './swim/index.ts';

/**
 * Connections that a node seeks; those that others open count too. With random members at both ends,
 * 12 keep a mesh of some thousands in one piece while a third of it fails.
 */
export const WANTED_CONNECTIONS = 12;
/**
 * Of these at least so many go to members that the node itself chose at random: whoever comes chooses for itself, and
 * a few that come together may have it hear of nothing but what they pass on.
 */
export const OWN_CONNECTIONS = 4;
/**
 * How many of the members that come back at once are dialled, on average: when a partition heals, both sides
 * have all the connections that they want, among themselves.
 */
export const REVIVED_CONNECTIONS = 6;
/**
 * One connection is exchanged for one to another member about this often, so that the overlay mixes. Each costs
 * 12 KB, both ends together: so 100 bytes a second at each node.
 */
export const EXCHANGE_PERIOD_MS = 120_000;
/** After the first failure, doubled with each further one: half fixed, half random. */
export const FIRST_BACKOFF_MS = 500;
export const LONGEST_BACKOFF_MS = 10_000;
/** A connection that ends sooner than this counts as a failure to connect. */
export const STABLE_AFTER_MS = 5_000;
/** Of failures as many are remembered; of the rest the oldest is forgotten, and may be dialled sooner. */
export const MAX_FAILURES = 256;
/** So many members are looked at to find one to dial: all of a small mesh, and enough of a large one. */
const MAX_LOOKS = 64;
/** Enough to reach the longest backoff; more would only grow a number. */
const MAX_DOUBLINGS = 10;

/** The members to choose from, by places that stay theirs while nobody comes or goes. */
export interface Candidates {
  readonly places: number;
  /** Undefined: the place is empty. */
  at(place: number): Candidate | undefined;
}

export interface Candidate {
  readonly name: NodeName;
  readonly peerId: PeerId;
  readonly addresses: readonly PeerAddress[];
  readonly state: MemberState;
}

/** What a dial is for: a place that is free, the place of another one, or questions, after which it ends. */
type Purpose = 'place' | 'exchange' | 'visit';

interface Connection {
  readonly since: number;
  /** What this node dialled it for; undefined when the other side did. Only its own may it close to make place. */
  readonly purpose: Purpose | undefined;
}

interface Failures {
  readonly count: number;
  /** Monotonic time before which it is not dialled. */
  readonly notBefore: number;
}

/**
 * Whom to be connected with: what happened comes in with its time (monotonic milliseconds), whom to dial
 * and whom to let go comes out. Owns no clock and no socket, and keeps nothing of the members that it has
 * nothing to do with.
 */
export class Contacts {
  readonly #random: Random;
  readonly #candidates: Candidates;
  readonly #connections = new Map<PeerId, Connection>();
  readonly #dialling = new Map<PeerId, Purpose>();
  readonly #failures = new Map<PeerId, Failures>();
  #exchangeAt: number;

  constructor(candidates: Candidates, random: Random, now: number) {
    this.#candidates = candidates;
    this.#random = random;
    this.#exchangeAt = this.#nextExchange(now);
  }

  /** Members whose failures are kept, {@link MAX_FAILURES} at most. */
  get remembered(): number {
    return this.#failures.size;
  }

  isConnected(id: PeerId): boolean {
    return this.#connections.has(id);
  }

  /** Returns whom to let go of in its place, if anybody. */
  connected(id: PeerId, now: number): PeerId | undefined {
    const purpose = this.#dialling.get(id);
    this.#connections.set(id, { since: now, purpose });
    if (purpose !== 'exchange' || this.#connections.size <= WANTED_CONNECTIONS) return undefined;
    // In the order in which they came: the first is the oldest.
    for (const [other, connection] of this.#connections) {
      if (isOwn(connection) && other !== id) return other;
    }
    return undefined;
  }

  disconnected(id: PeerId, now: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    const isVisit = connection.purpose === 'visit';
    if (isVisit || now - connection.since >= STABLE_AFTER_MS) this.#failures.delete(id);
    if (!isVisit) this.#failed(id, now);
  }

  /** A dial ended, well or not. True when it is the first that failed of several. */
  dialled(id: PeerId, now: number): boolean {
    const isVisit = this.#dialling.get(id) === 'visit';
    this.#dialling.delete(id);
    if (this.#connections.has(id)) return false;
    const failures = this.#failures.get(id);
    if (failures !== undefined && failures.notBefore > now && !isVisit) return false;
    this.#failed(id, now);
    return failures === undefined;
  }

  /** Begins anew with it: it is reached at another address, or nobody knows it any more. */
  forget(id: PeerId): void {
    this.#failures.delete(id);
  }

  /** Should this one, that came back from the dead, be dialled at once? It is held as being dialled then. */
  revived(id: PeerId): boolean {
    const isChosen = this.#random.fraction() * this.#candidates.places < REVIVED_CONNECTIONS;
    return isChosen && this.begin(id, 'exchange');
  }

  /** Holds it as being dialled; false when there is nothing to dial. */
  begin(id: PeerId, purpose: Exclude<Purpose, 'place'>): boolean {
    if (this.#connections.has(id) || this.#dialling.has(id)) return false;
    this.#dialling.set(id, purpose);
    return true;
  }

  /** Is it connected for questions only? */
  isVisit(id: PeerId): boolean {
    return this.#connections.get(id)?.purpose === 'visit';
  }

  /** How long it is not to be dialled for questions, milliseconds. One failure, as when a connection ends, holds up none. */
  visitBackoffMs(id: PeerId, now: number): number {
    const failures = this.#failures.get(id);
    return failures === undefined || failures.count < 2 ? 0 : Math.max(0, failures.notBefore - now);
  }

  /** Whom to dial now, chosen at random; each is held as being dialled until {@link dialled}. */
  due(now: number): readonly Candidate[] {
    const chosen: Candidate[] = [];
    let room = this.#room();
    const isExchange = room <= 0 && now >= this.#exchangeAt;
    if (isExchange) room = 1;
    if (now >= this.#exchangeAt) this.#exchangeAt = this.#nextExchange(now);
    for (const state of ['alive', 'suspect', 'dead'] as const) {
      for (; room > 0; room--) {
        const found = this.#find(state, now);
        if (found === undefined) break;
        this.#dialling.set(found.peerId, isExchange ? 'exchange' : 'place');
        chosen.push(found);
      }
      if (isExchange) break;
    }
    return chosen;
  }

  /** When {@link due} may say something again, if nothing happens before. */
  nextAt(now: number): number {
    if (this.#room() <= 0 || this.#failures.size === 0) return this.#exchangeAt;
    let next = this.#exchangeAt;
    for (const [id, { notBefore }] of this.#failures) {
      if (!this.#connections.has(id) && !this.#dialling.has(id)) next = Math.min(next, notBefore);
    }
    // Who may be dialled but was not is dead to us, or gone: no reason to look without pause.
    return Math.max(next, now + FIRST_BACKOFF_MS);
  }

  /** How many more to dial. */
  #room(): number {
    let [all, own] = [0, 0];
    for (const connection of this.#connections.values()) {
      if (connection.purpose !== 'visit') all += 1;
      if (isOwn(connection)) own += 1;
    }
    const wanted = Math.max(WANTED_CONNECTIONS - all, OWN_CONNECTIONS - own);
    let dialling = 0;
    for (const purpose of this.#dialling.values()) if (purpose !== 'visit') dialling += 1;
    return wanted - dialling;
  }

  #find(state: MemberState, now: number): Candidate | undefined {
    const { places } = this.#candidates;
    const first = this.#randomPlace();
    for (let look = 0; look < Math.min(places, MAX_LOOKS); look++) {
      const place = places <= MAX_LOOKS ? (first + look) % places : this.#randomPlace();
      const candidate = this.#candidates.at(place);
      if (candidate?.state === state && this.#isFree(candidate.peerId, now)) return candidate;
    }
    return undefined;
  }

  #randomPlace(): number {
    return Math.floor(this.#random.fraction() * this.#candidates.places);
  }

  #isFree(id: PeerId, now: number): boolean {
    if (this.#connections.has(id) || this.#dialling.has(id)) return false;
    return (this.#failures.get(id)?.notBefore ?? now) <= now;
  }

  #failed(id: PeerId, now: number): void {
    const count = this.#failures.get(id)?.count ?? 0;
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** count, LONGEST_BACKOFF_MS);
    const notBefore = now + (backoffMs / 2) * (1 + this.#random.fraction());
    this.#failures.delete(id); // so that it becomes the latest
    this.#failures.set(id, { count: Math.min(count + 1, MAX_DOUBLINGS), notBefore });
    if (this.#failures.size <= MAX_FAILURES) return;
    const oldest = this.#failures.keys().next();
    if (!oldest.done) this.#failures.delete(oldest.value);
  }

  #nextExchange(now: number): number {
    return now + EXCHANGE_PERIOD_MS * (0.5 + this.#random.fraction());
  }
}

/** Chosen by this node, to stay. */
const isOwn = ({ purpose }: Connection): boolean => purpose === 'place' || purpose === 'exchange';

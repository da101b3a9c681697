import type { NodeName, Result } from '../core/index.ts';
import { sha256Hex } from '../crypto/index.ts';
import {
  decodeProposal,
  encodeProposal,
  GovernanceError,
  type Proposal,
  type ProposalBook,
  type ProposalId,
  type SaidClaim,
} from '../governance/index.ts';
import type { Clock, Gossip, Log, Peer, Random, Space, Store } from '../ports/index.ts';

/** Where a proposal's body is asked for: its id in hex, 64 ASCII characters; the answer is the body, or nothing. */
export const PROPOSAL_PROTOCOL = '/selvage/proposals/1';

const REQUEST_TIMEOUT_MS = 10_000;
/** Peers that are asked for one body in a row: all who hear of a proposal fetch it, so most have it soon. */
const PEERS_PER_ROUND = 4;
/** Between two rounds for one body: first, and at most. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;
/** How fast bodies of one writer are fetched, one after the other: the largest takes a minute of rest. */
const BYTES_PER_SECOND_OF_WRITER = 128 * 1024;

export interface ProposalBodiesParts {
  readonly gossip: Gossip;
  readonly store: Store;
  readonly book: ProposalBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What a peer sent is not what was asked for. */
  readonly refused: () => void;
  /** These said something of a body that is not so. */
  readonly lied: (writer: NodeName) => void;
  readonly changed: () => void;
}

interface Rest {
  readonly until: number;
  readonly ms: number;
}

/** The bodies of proposals: kept on disk, handed to whoever asks, and fetched from whoever has them. */
export class ProposalBodies {
  readonly #parts: ProposalBodiesParts;
  readonly #space: Space;
  /** Of bodies that nobody had when they were asked for; at most as many as are looked at. */
  readonly #rests = new Map<ProposalId, Rest>();
  /** Of writers whose body was fetched just now. */
  readonly #writerRests = new Map<NodeName, number>();
  #isFetching = false;
  #isStopped = false;

  constructor(parts: ProposalBodiesParts) {
    this.#parts = parts;
    this.#space = parts.store.space('proposals');
  }

  /** Takes up what was kept before the last stop, and serves. */
  start(): void {
    const { gossip, book, log } = this.#parts;
    for (const [id, bytes] of [...this.#space.entries()]) {
      const read = decodeProposal(bytes);
      if (read.ok && read.value.id === id && book.take(read.value).ok) continue;
      log.warn('a proposal on disk is damaged, and fetched again', { proposal: id });
      this.#space.delete(id);
    }
    gossip.serve(PROPOSAL_PROTOCOL, async (request) => this.#answer(request));
  }

  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Durable when it returns.
   *
   * @throws GovernanceError CHANGE_REFUSED: a part is not what a signature could be over
   */
  keep(proposal: Proposal): void {
    const taken = this.#keep(proposal);
    if (!taken.ok) throw new GovernanceError('CHANGE_REFUSED', taken.error);
  }

  /** Lets go of what nobody says any more. */
  release(): void {
    const { book, clock } = this.#parts;
    for (const id of book.release(clock.now())) this.#space.delete(id);
  }

  /** Fetches what is wanted, one after the other; what nobody has now is asked for again later. */
  fetchWanted(): void {
    if (this.#isFetching || this.#isStopped) return;
    this.#isFetching = true;
    void this.#fetchAll().finally(() => {
      this.#isFetching = false;
    });
  }

  async #fetchAll(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      try {
        await this.#fetchOne(next);
      } catch (error) {
        // A full disk, say: it is tried again like what nobody has.
        this.#parts.log.error('a proposal could not be kept', { proposal: next.claim.id, error });
        this.#rest(next.claim.id);
      }
    }
  }

  #next(): SaidClaim | undefined {
    const { book, clock } = this.#parts;
    if (this.#isStopped) return undefined;
    const at = clock.monotonic();
    const wanted = book.wanted(clock.now());
    const ids = new Set(wanted.map(({ claim }) => claim.id));
    for (const id of this.#rests.keys()) if (!ids.has(id)) this.#rests.delete(id);
    for (const [writer, until] of this.#writerRests) {
      if (until <= at) this.#writerRests.delete(writer);
    }
    return wanted.find(
      ({ claim, writer }) =>
        (this.#rests.get(claim.id)?.until ?? 0) <= at && !this.#writerRests.has(writer),
    );
  }

  async #fetchOne({ claim: { id }, writer }: SaidClaim): Promise<void> {
    for (const peer of this.#askable(writer)) {
      const bytes = await this.#ask(peer, id);
      if (bytes === undefined || bytes.length === 0) continue;
      this.#restOf(writer, bytes.length);
      if (this.#take(bytes, id, peer)) return;
    }
    this.#rest(id);
  }

  /** False when another peer may have what this one did not send. */
  #take(bytes: Uint8Array, id: ProposalId, { name: from }: Peer): boolean {
    const { refused, log, book, lied, changed } = this.#parts;
    const read = decodeProposal(bytes);
    const isAsked = read.ok ? read.value.id === id : sha256Hex(bytes) === id;
    const taken = read.ok && isAsked ? this.#keep(read.value) : read;
    if (!taken.ok || !isAsked) {
      refused();
      const detail = taken.ok ? 'it has another id' : taken.error;
      log.warn('a peer sent no proposal that was asked for', { from, proposal: id, detail });
    }
    if (!isAsked) return false;
    if (!taken.ok) for (const { writer } of book.refute(id)) lied(writer); // nobody has any better under this id
    changed();
    return true;
  }

  #keep(proposal: Proposal): Result<unknown, string> {
    const { book, lied } = this.#parts;
    const lies = book.take(proposal);
    if (!lies.ok) return lies;
    this.#space.put(proposal.id, encodeProposal(proposal));
    for (const { writer } of lies.value) lied(writer);
    return lies;
  }

  async #ask(peer: Peer, id: ProposalId): Promise<Uint8Array | undefined> {
    const { gossip, log } = this.#parts;
    try {
      const request = new TextEncoder().encode(id);
      const timeoutMs = REQUEST_TIMEOUT_MS;
      return await gossip.request(peer.id, PROPOSAL_PROTOCOL, request, { timeoutMs });
    } catch (error) {
      log.debug('a peer did not answer for a proposal', { peer: peer.name, proposal: id, error });
      return undefined;
    }
  }

  /** Who says that it has it first, then some of the others. */
  #askable(writer: NodeName): readonly Peer[] {
    const { gossip, random } = this.#parts;
    const ranked = gossip.peers().map((peer) => ({
      peer,
      rank: peer.name === writer ? -1 : random.fraction(),
    }));
    return ranked
      .sort((a, b) => a.rank - b.rank)
      .slice(0, PEERS_PER_ROUND)
      .map(({ peer }) => peer);
  }

  #rest(id: ProposalId): void {
    const before = this.#rests.get(id)?.ms;
    const ms = before === undefined ? FIRST_REST_MS : Math.min(before * 2, LONGEST_REST_MS);
    this.#rests.set(id, { ms, until: this.#parts.clock.monotonic() + ms });
  }

  #restOf(writer: NodeName, bytes: number): void {
    const ms = (bytes / BYTES_PER_SECOND_OF_WRITER) * 1_000;
    this.#writerRests.set(writer, this.#parts.clock.monotonic() + ms);
  }

  #answer(request: Uint8Array): Uint8Array {
    return this.#space.get(new TextDecoder().decode(request.subarray(0, 64))) ?? new Uint8Array();
  }
}

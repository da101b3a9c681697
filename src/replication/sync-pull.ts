import type { Result } from '../core/index.ts';
import type { Clock, Gossip, PeerId } from '../ports/index.ts';
import { MAX_RECORDS } from './limits.ts';
import type { RecordHead, RecordId } from './record.ts';
import type { RecordStore } from './record-store.ts';
import {
  decodeDigest,
  decodeHeads,
  decodeRecords,
  encodeRequest,
  HEADS_PER_PAGE,
  IDS_PER_FETCH,
  SYNC_PROTOCOL,
  type SyncRequest,
} from './sync-messages.ts';

const REQUEST_TIMEOUT_MS = 5_000;
/** A peer that is slower than this is left; the rest is for a later turn, and others come first. */
const PULL_LIMIT_MS = 30_000;
/** An honest peer has no more than it may hold; a lying one must end as well. */
const MAX_PAGES = Math.ceil(MAX_RECORDS / HEADS_PER_PAGE);

/**
 * Fetches from `peer` what it has and this node lacks: compares digests, then heads, then asks for
 * what is new. Only one direction: the peer does the same when it is its turn.
 *
 * @returns how many records were new
 * @throws when the peer does not answer, or answers nonsense
 */
export async function pullFrom(
  peer: PeerId,
  records: RecordStore,
  gossip: Gossip,
  clock: Clock,
): Promise<number> {
  const pull = new Pull(peer, records, gossip, clock);
  return (await pull.digest()) === records.digest() ? 0 : await pull.everything();
}

class Pull {
  readonly #peer: PeerId;
  readonly #records: RecordStore;
  readonly #gossip: Gossip;
  readonly #isOverdue: () => boolean;

  constructor(peer: PeerId, records: RecordStore, gossip: Gossip, clock: Clock) {
    this.#peer = peer;
    this.#records = records;
    this.#gossip = gossip;
    const end = clock.monotonic() + PULL_LIMIT_MS;
    this.#isOverdue = () => clock.monotonic() > end;
  }

  async digest(): Promise<string> {
    return sense(decodeDigest(await this.#ask({ ask: 'digest' })));
  }

  async everything(): Promise<number> {
    let stored = 0;
    let after: RecordId = '';
    for (let page = 0; page < MAX_PAGES && !this.#isOverdue(); page++) {
      const { heads, more } = sense(decodeHeads(await this.#ask({ ask: 'heads', after })));
      stored += await this.#missing(heads);
      const last = heads.at(-1);
      if (!more || last === undefined || last.id <= after) break;
      after = last.id;
    }
    return stored;
  }

  async #missing(heads: readonly RecordHead[]): Promise<number> {
    let missing = heads.filter((head) => !this.#records.knows(head)).map((head) => head.id);
    let stored = 0;
    while (missing.length > 0 && !this.#isOverdue()) {
      const ids = missing.slice(0, IDS_PER_FETCH);
      const page = sense(decodeRecords(await this.#ask({ ask: 'records', ids })));
      const outcomes = this.#records.acceptAll(page, this.#peer);
      stored += outcomes.filter(({ outcome }) => outcome === 'stored').length;
      // Answers keep the order of the question and end where the page is full. One that the peer
      // dropped meanwhile shifts this by one: the next question repeats what we then know.
      missing = missing.slice(Math.max(page.length, 1));
    }
    return stored;
  }

  #ask(request: SyncRequest): Promise<Uint8Array> {
    const options = { timeoutMs: REQUEST_TIMEOUT_MS };
    return this.#gossip.request(this.#peer, SYNC_PROTOCOL, encodeRequest(request), options);
  }
}

function sense<T>(decoded: Result<T, string>): T {
  if (!decoded.ok) throw new TypeError(decoded.error);
  return decoded.value;
}

import { ok, type Result } from '../../src/core/index.ts';
import {
  IndexedRecord,
  type KindOwner,
  type LoadRecords,
  type ReadClaim,
  type RecordClaim,
  readClaim,
  type StoredRecords,
} from '../../src/replication/index.ts';
import { contentDigest } from '../world/index.ts';

/** Records whose reading is remembered: more than any run writes in the time that one takes to spread. */
const MAX_REMEMBERED = 200_000;

/**
 * What reading gives is a function of what is read, so a thousand nodes that read the same need to read it
 * once: they share what it says, in memory too. Verifying is no part of it, each node does that itself.
 */
export class RememberedReading {
  readonly #claims = new Map<number, ReturnType<ReadClaim>[]>();
  /** By the bytes themselves: a message is one array wherever it comes. */
  readonly #read = new WeakMap<Uint8Array, ReturnType<ReadClaim>>();
  /** By kind: what its owners made of each value. */
  readonly #values = new Map<string, WeakMap<object, Result<unknown, string>>>();
  #image: StoredRecords | undefined;
  #count = 0;

  readonly read: ReadClaim = (bytes) => {
    const before = this.#read.get(bytes);
    if (before !== undefined) return before;
    const claim = this.#readAlike(bytes);
    this.#read.set(bytes, claim);
    return claim;
  };

  #readAlike(bytes: Uint8Array): ReturnType<ReadClaim> {
    const digest = contentDigest(bytes);
    const alike = this.#claims.get(digest);
    const known = alike?.find(
      (claim) => claim.ok && Buffer.compare(claim.value.bytes, bytes) === 0,
    );
    if (known !== undefined) return known;
    const claim = readClaim(bytes);
    if (!claim.ok) return claim;
    const decoded = ok(withValue(claim.value));
    this.#remember(digest, decoded);
    return decoded;
  }

  /** For disks that hold the image with which all nodes begin, and nothing else yet. */
  readonly loadImage: LoadRecords = (_disk, read) => {
    this.#image ??= read();
    return this.#image;
  };

  /** The same owner, whose `read` is asked once for each value, however many nodes have it. */
  owner<Value>(kind: string, owner: KindOwner<Value>): KindOwner<Value> {
    const values = this.#values.get(kind) ?? new WeakMap<object, Result<unknown, string>>();
    this.#values.set(kind, values);
    return {
      set: owner.set,
      unset: owner.unset,
      read: (value, writer) => {
        if (typeof value !== 'object' || value === null) return owner.read(value, writer);
        let result = values.get(value);
        if (result === undefined) {
          result = owner.read(value, writer);
          values.set(value, result);
        }
        return result as Result<Value, string>; // what the owner of this very kind gave
      },
    };
  }

  #remember(digest: number, claim: ReturnType<ReadClaim>): void {
    if (this.#count++ === MAX_REMEMBERED) {
      this.#claims.clear();
      this.#count = 1;
    }
    const alike = this.#claims.get(digest);
    if (alike === undefined) this.#claims.set(digest, [claim]);
    else alike.push(claim);
  }
}

/** The same claim, with its value decoded once and for all: a node by itself decodes it for whoever asks. */
function withValue(claim: RecordClaim): RecordClaim {
  const { content, hash, bytes } = claim.record;
  const { writer, kind, key, value, sequence, issuedAt, expiresAt, tombstone, publicKey } = content;
  const decoded = { writer, kind, key, value, sequence, issuedAt, expiresAt, tombstone, publicKey };
  return { ...claim, record: new IndexedRecord(decoded, hash, bytes) };
}

import * as dagCbor from '@ipld/dag-cbor';
import type { Clock, EpochMs, Space } from '../ports/index.ts';
import { encodeEnvelope, encodePayload } from './envelope.ts';
import { ReplicationError } from './errors.ts';
import { RECORD_LIFE_MS } from './limits.ts';
import { isRecordName, type Sequence } from './record.ts';
import { type RecordClaim, readClaim } from './record-verification.ts';
import type { Writer } from './writer.ts';

const BOOT_KEY = 'boot';

/** Writes this node's records, each above all that it ever wrote. */
export class Pen {
  readonly #space: Space;
  readonly #writer: Writer;
  readonly #clock: Clock;
  #boot: number;
  #n = 0;

  /**
   * Makes the new boot count durable before anything can be written under it.
   * @throws ReplicationError BOOT_COUNT_DAMAGED
   */
  constructor(space: Space, writer: Writer, clock: Clock) {
    this.#space = space;
    this.#writer = writer;
    this.#clock = clock;
    const stored = space.get(BOOT_KEY);
    this.#boot = stored === undefined ? 0 : readCount(stored);
    this.#startBoot(this.#boot + 1);
  }

  get epoch(): number {
    return this.#writer.credential().epoch;
  }

  /** When a record written at `issuedAt` would end: with its life, or with the credential that it rests on. */
  expiry(issuedAt: EpochMs): EpochMs {
    return Math.min(issuedAt + RECORD_LIFE_MS, this.#writer.credential().expiresAt);
  }

  /** A peer holds a record of ours with this sequence: our disk forgot writes, so go on above it. */
  raiseAbove({ epoch, boot }: Sequence): void {
    if (epoch === this.epoch && boot >= this.#boot) this.#startBoot(boot + 1);
  }

  /**
   * Signs what this node says now under a name; undefined withdraws it.
   * @throws ReplicationError RECORD_MISNAMED, RECORD_NOT_PLAIN, RECORD_TOO_LARGE, CREDENTIAL_ENDED
   */
  write(kind: string, key: string, value: unknown): RecordClaim {
    if (!isRecordName(kind, key)) {
      throw new ReplicationError('RECORD_MISNAMED', `kind '${kind}' with key '${key}'`);
    }
    const { node, publicKey } = this.#writer;
    const credential = this.#writer.credential();
    const issuedAt = this.#clock.now();
    const expiresAt = this.expiry(issuedAt); // of one moment: a record that lives 1 ms too long is refused
    if (expiresAt <= issuedAt) {
      const ended = new Date(credential.expiresAt).toISOString();
      throw new ReplicationError('CREDENTIAL_ENDED', `the credential of ${node} ended at ${ended}`);
    }
    const tombstone = value === undefined;
    const sequence = { epoch: credential.epoch, boot: this.#boot, n: this.#n++ };
    const content = { writer: node, kind, key, sequence, issuedAt, expiresAt, tombstone };
    const payload = plain(kind, key, () =>
      encodePayload({ ...content, value: tombstone ? null : value }),
    );
    const signature = this.#writer.sign(payload);
    const claim = readClaim(
      encodeEnvelope({ payload, publicKey, signature, credential: credential.bytes }),
    );
    if (!claim.ok) {
      throw new ReplicationError('RECORD_TOO_LARGE', `${kind}/${key}: ${claim.error.detail}`);
    }
    return claim.value;
  }

  #startBoot(boot: number): void {
    this.#space.put(BOOT_KEY, dagCbor.encode(boot));
    this.#boot = boot;
    this.#n = 0;
  }
}

function readCount(stored: Uint8Array): number {
  const damaged = (what: string, cause?: unknown) =>
    new ReplicationError('BOOT_COUNT_DAMAGED', `the count of this node’s starts ${what}`, {
      cause,
    });
  let count: unknown;
  try {
    count = dagCbor.decode(stored);
  } catch (cause) {
    throw damaged('cannot be read', cause);
  }
  // Past the safe integers, the next start could not be told from this one.
  if (typeof count === 'number' && count >= 0 && Number.isSafeInteger(count + 1)) return count;
  throw damaged(`is no whole number from 0 on: ${String(count).slice(0, 40)}`);
}

/** Runs an encoder of what this node wants to say, and names the record when it is no plain data. */
function plain<T>(kind: string, key: string, encode: () => T): T {
  try {
    return encode();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ReplicationError('RECORD_NOT_PLAIN', `${kind}/${key}: ${detail}`, { cause });
  }
}

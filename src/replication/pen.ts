import * as dagCbor from '@ipld/dag-cbor';
import type { Clock, EpochMs, Space } from '../ports/index.ts';
import { encodeEnvelope, encodePayload } from './envelope.ts';
import { ReplicationError } from './errors.ts';
import { MAX_BOOT, MAX_CLOCK_OFFSET_MS, RECORD_LIFE_MS } from './limits.ts';
import { isRecordName, type RecordContent, type Sequence } from './record.ts';
import type { ReadClaim, RecordClaim } from './record-verification.ts';
import type { Writer } from './writer.ts';

const BOOT_KEY = 'boot';

export interface PenOptions {
  readonly space: Space;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly read: ReadClaim;
  /** How far the members' median clock is ahead of this host's, while enough of them are known. */
  readonly clockOffsetMs: () => number | undefined;
}

/** Writes this node's records, each above all that it ever wrote. */
export class Pen {
  readonly #options: PenOptions;
  #boot: number;
  #n = 0;

  /**
   * Makes the new boot count durable before anything can be written under it.
   * @throws ReplicationError BOOT_COUNT_DAMAGED
   */
  constructor(options: PenOptions) {
    this.#options = options;
    const stored = options.space.get(BOOT_KEY);
    this.#boot = stored === undefined ? 0 : readCount(stored);
    this.#startBoot(this.#boot + 1);
  }

  get boot(): number {
    return this.#boot;
  }

  get epoch(): number {
    return this.#options.writer.credential().epoch;
  }

  /** When a record written at `issuedAt` would end: with its life, or with the credential that it rests on. */
  expiry(issuedAt: EpochMs): EpochMs {
    return Math.min(issuedAt + RECORD_LIFE_MS, this.#options.writer.credential().expiresAt);
  }

  /** Why nobody would take what this node says now; undefined when they would. */
  hindrance(now: EpochMs): ReplicationError | undefined {
    const { writer } = this.#options;
    const { expiresAt } = writer.credential();
    if (expiresAt <= now) {
      const ended = new Date(expiresAt).toISOString();
      const detail = `the credential of ${writer.node} ended at ${ended}`;
      return new ReplicationError('CREDENTIAL_ENDED', detail);
    }
    const clockProblem = this.clockProblem();
    return clockProblem === undefined ? undefined : new ReplicationError('CLOCK_OFF', clockProblem);
  }

  /** How far this host's clock is from the members' when that is too far, in words. */
  clockProblem(): string | undefined {
    const offsetMs = this.#options.clockOffsetMs() ?? 0;
    if (Math.abs(offsetMs) <= MAX_CLOCK_OFFSET_MS) return undefined;
    const direction = offsetMs > 0 ? 'behind' : 'ahead of';
    const seconds = Math.round(Math.abs(offsetMs) / 1_000);
    return `this host’s clock is ${seconds} s ${direction} the members’ median`;
  }

  /**
   * A peer holds a record of ours with this sequence: our disk forgot writes, so go on above it. Not above the
   * last count there is: no disk forgot that many, somebody else has our key.
   */
  raiseAbove({ epoch, boot }: Sequence): void {
    const isOurs = epoch === this.epoch && boot >= this.#boot;
    if (isOurs && boot < MAX_BOOT) this.#startBoot(boot + 1);
  }

  /** {@link draft} and {@link sign}, with the errors of both. */
  write(kind: string, key: string, value: unknown): RecordClaim {
    return this.sign(this.draft(kind, key, value));
  }

  /**
   * What this node would say now under a name; undefined withdraws it.
   * @throws ReplicationError RECORD_MISNAMED, CREDENTIAL_ENDED, CLOCK_OFF
   */
  draft(kind: string, key: string, value: unknown): RecordContent {
    if (!isRecordName(kind, key)) {
      throw new ReplicationError('RECORD_MISNAMED', `kind '${kind}' with key '${key}'`);
    }
    const { writer, clock } = this.#options;
    const issuedAt = clock.now();
    const hindrance = this.hindrance(issuedAt);
    if (hindrance !== undefined) throw hindrance;
    return {
      writer: writer.node,
      kind,
      key,
      value: value ?? null,
      tombstone: value === undefined,
      sequence: { epoch: this.epoch, boot: this.#boot, n: this.#n++ },
      issuedAt,
      expiresAt: this.expiry(issuedAt), // of one moment: a record that lives 1 ms too long is refused
    };
  }

  /**
   * Signs it, at once: its dates are those of the credential in hand.
   * @throws ReplicationError RECORD_NOT_PLAIN, RECORD_TOO_LARGE
   */
  sign(content: RecordContent): RecordClaim {
    const { writer, read } = this.#options;
    const payload = plain(content, () => encodePayload(content));
    const { publicKey } = writer;
    const signature = writer.sign(payload);
    const credential = writer.credential().bytes;
    const claim = read(encodeEnvelope({ payload, publicKey, signature, credential }));
    if (claim.ok) return claim.value;
    const { kind, key } = content;
    throw new ReplicationError('RECORD_TOO_LARGE', `${kind}/${key}: ${claim.error.detail}`);
  }

  #startBoot(boot: number): void {
    this.#options.space.put(BOOT_KEY, dagCbor.encode(boot));
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
  if (typeof count === 'number' && count >= 0 && Number.isSafeInteger(count)) {
    if (count < MAX_BOOT) return count;
    throw damaged(`is ${count}; no node has started so often`);
  }
  throw damaged(`is no whole number from 0 on: ${String(count).slice(0, 40)}`);
}

/** Runs an encoder of what this node wants to say, and names the record when it is no plain data. */
function plain({ kind, key }: RecordContent, encode: () => Uint8Array): Uint8Array {
  try {
    return encode();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ReplicationError('RECORD_NOT_PLAIN', `${kind}/${key}: ${detail}`, { cause });
  }
}

/**
 * Would saying `next` change anything that readers of `held` see?
 * @throws ReplicationError RECORD_NOT_PLAIN
 */
export function saysTheSame(held: RecordContent, next: RecordContent): boolean {
  const value = plain(next, () => dagCbor.encode(next.value));
  return (
    !held.tombstone &&
    held.expiresAt > next.issuedAt &&
    held.sequence.epoch === next.sequence.epoch &&
    Buffer.compare(dagCbor.encode(held.value), value) === 0
  );
}

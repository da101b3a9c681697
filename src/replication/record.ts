import { isDnsLabel, type NodeName } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { WITHDRAWAL_LIFE_MS } from './limits.ts';

/**
 * Orders all that one writer ever says: the epoch of its key, how often it has started (durable
 * before the first write), and a count. So a node that lost its last writes is never older than
 * itself, and one with a new key is newer than all that the old key said.
 */
export interface Sequence {
  readonly epoch: number;
  readonly boot: number;
  readonly n: number;
}

/** What a node says of itself under one name. Signed whole; nobody else can say it. */
export interface RecordContent {
  readonly writer: NodeName;
  /** What it is about, a DNS label: `node`, `endpoint`. */
  readonly kind: string;
  /** Which of that kind: 1 to 256 printable ASCII characters. */
  readonly key: string;
  /** Plain data, opaque to this room; null in a tombstone. */
  readonly value: unknown;
  readonly sequence: Sequence;
  readonly issuedAt: EpochMs;
  readonly expiresAt: EpochMs;
  /** The writer withdrew it; see {@link holdsUntil}. */
  readonly tombstone: boolean;
}

/**
 * When a record goes out of force. A withdrawal stays for as long as what it took back could come back, which may
 * be longer than its credential allows its writer to say: the same instant on every node, whatever each has seen.
 */
export const holdsUntil = ({ tombstone, issuedAt, expiresAt }: RecordContent): EpochMs =>
  tombstone ? Math.max(expiresAt, issuedAt + WITHDRAWAL_LIFE_MS) : expiresAt;

/** A record that was verified: what it says, and the key that signed it. */
export interface SignedContent extends RecordContent {
  /** Raw Ed25519 public key, 32 bytes: the writer's, as an authority confirmed. */
  readonly publicKey: Uint8Array;
}

/** `<writer>/<kind>/<key>`: one to one, because the first two are DNS labels. */
export type RecordId = string;

export const recordId = (writer: NodeName, kind: string, key: string): RecordId =>
  `${writer}/${kind}/${key}`;

/** Who writes under this id. */
export const writerOf = (id: RecordId): NodeName => id.slice(0, id.indexOf('/')) as NodeName; // it begins with one

export const isRecordName = (kind: string, key: string): boolean =>
  isDnsLabel(kind) && /^[\x21-\x7e]{1,256}$/.test(key);

/** Negative when `a` came before `b`. */
export const compareSequence = (a: Sequence, b: Sequence): number =>
  a.epoch - b.epoch || a.boot - b.boot || a.n - b.n;

/** A record's place in the order, and its payload's SHA-256 in hex. */
export interface RecordHead {
  readonly id: RecordId;
  readonly sequence: Sequence;
  readonly hash: string;
}

/**
 * Does `a` win over `b`, the same name's other record? The later sequence does; of two under one
 * sequence, which only a faulty or lying writer signs, the larger hash, so that all nodes agree.
 */
export function supersedes(a: Omit<RecordHead, 'id'>, b: Omit<RecordHead, 'id'>): boolean {
  const order = compareSequence(a.sequence, b.sequence);
  return order > 0 || (order === 0 && a.hash > b.hash);
}

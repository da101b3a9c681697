import type { NodeName, Result } from '../core/index.ts';
import type { RecordId, Sequence } from './record.ts';

/** A record in force whose value its kind's owner could read. */
export interface HeldRecord<Value> {
  readonly id: RecordId;
  readonly writer: NodeName;
  readonly key: string;
  readonly sequence: Sequence;
  /** Raw Ed25519 public key of the writer. */
  readonly publicKey: Uint8Array;
  readonly value: Value;
}

/**
 * Whoever interprets one kind of record. A value that `read` refuses, or at which `read` or `set` throws, is
 * quarantined on this node: named, counted, not tried again until its writer says something else, and in
 * nobody's way. Records of kinds without an owner are kept and travel on, and are not interpreted.
 */
export interface KindOwner<Value> {
  /** What a signed value says, or in words why it makes no sense. Pure: it is asked once for each record. */
  read(value: unknown, writer: NodeName): Result<Value, string>;
  /** This holds from now on, in place of what held under its id. */
  set(record: HeldRecord<Value>): void;
  /** Nothing holds under this id any more: withdrawn, expired, overtaken or quarantined. It may never have been set. */
  unset(id: RecordId): void;
}

/** A record that its kind's owner could not take. */
export interface QuarantinedRecord {
  readonly id: RecordId;
  readonly hash: string;
  /** In words, bounded. */
  readonly reason: string;
}

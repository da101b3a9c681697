import type { IndexedRecord } from './indexed-record.ts';

/**
 * Who said what changes: others, or this node. What of its own is urgent the others are told at once; the rest they
 * find by comparison, within seconds.
 */
export type ChangeOrigin = 'others' | 'own' | 'own-urgent';

/** One record came into force, or went out of it. */
export interface RecordChange {
  readonly record: IndexedRecord;
  /** As it travels; undefined when it went out of force. */
  readonly bytes: Uint8Array | undefined;
  /** Of what brought this about. */
  readonly origin: ChangeOrigin;
}

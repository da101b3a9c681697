export { ReplicationError, replicationErrors } from './errors.ts';
export type { HeldRecord, KindOwner, QuarantinedRecord } from './kind-owner.ts';
export type { RecordLimits } from './limits.ts';
export {
  type RecordContent,
  type RecordHead,
  type RecordId,
  recordId,
  type Sequence,
  type SignedContent,
} from './record.ts';
export {
  type Acceptance,
  type RecordChange,
  RecordStore,
  type RecordStoreOptions,
} from './record-store.ts';
export { RECORD_TOPIC, RecordSync, type RecordSyncOptions } from './record-sync.ts';
export type { RefusalReason } from './record-verification.ts';
export { SYNC_PROTOCOL } from './sync-messages.ts';
export {
  signRecord,
  verifyRecordSignature,
  type Writer,
  type WriterCheck,
  type WriterFacts,
} from './writer.ts';

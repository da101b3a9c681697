export { ReplicationError } from './errors.ts';
export type { Evidence } from './evidence.ts';
export { IndexedRecord } from './indexed-record.ts';
export type { HeldRecord, KindOwner } from './kind-owner.ts';
export type { RecordLimits } from './limits.ts';
export { type Placement, type PlaceRecord, placed } from './placement.ts';
export {
  type RecordContent,
  type RecordHead,
  type RecordId,
  recordId,
  type Sequence,
  type SignedContent,
} from './record.ts';
export type { RecordChange } from './record-change.ts';
export type { RecordIndex } from './record-index.ts';
export { RecordStore } from './record-store.ts';
export {
  type ReadClaim,
  type RecordClaim,
  readClaim,
} from './record-verification.ts';
export type { LoadRecords, StoredRecords } from './stored-records.ts';
export { RECORD_TOPIC, RecordSync, SYNC_PROTOCOL } from './sync/index.ts';
export {
  signRecord,
  verifyRecordSignature,
  type Writer,
  type WriterCheck,
  type WriterFacts,
} from './writer.ts';

export { SYNC_PROTOCOL } from './messages.ts';
export { RECORD_TOPIC, RecordSync, type RecordSyncOptions } from './record-sync.ts';

export type { Snapshot, SnapshotEndpoint, SnapshotService } from './snapshot.ts';

export { anySnapshots, endpointAt, revoked, serviceWith, snapshotWith } from './any-snapshot.ts';

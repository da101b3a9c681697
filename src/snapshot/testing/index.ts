export { anySnapshots, endpointAt, serviceWith, snapshotWith } from './any-snapshot.ts';

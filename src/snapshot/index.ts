export { buildSnapshot, type Needs } from './build-snapshot.ts';
export { encodeMessage, MessageStream, PROTOCOL_VERSION } from './message-stream.ts';
export type { NodeMessage } from './node-message.ts';
export { PolicyAssembly, policyMessages } from './policy-parts.ts';
export type { Hello, SidecarMessage } from './sidecar-message.ts';
export type { PolicyProgram, Snapshot, SnapshotEndpoint, SnapshotService } from './snapshot.ts';
export type { Door, Place, WorkerOrder, WorkerReport } from './worker-message.ts';

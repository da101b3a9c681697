export { peerIdOf } from './peer-id.ts';
export { type GossipOptions, startGossip } from './start-gossip.ts';

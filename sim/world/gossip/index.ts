export { Overlay } from './overlay.ts';
export { SimGossip, type SimGossipOptions } from './sim-gossip.ts';
export { IDLE_BYTES_PER_SECOND } from './wire-cost.ts';

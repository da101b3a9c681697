export { DatagramNetwork } from './datagram-network.ts';
export { eventually } from './eventually.ts';
export { FakeClock } from './fake-clock.ts';
export { GossipNetwork } from './gossip-network.ts';
export { type LogLine, recordingLog } from './recording-log.ts';
export { recordingMeter } from './recording-meter.ts';
export { seededRandom } from './seeded-random.ts';
export { visitsOver } from './visits-over.ts';

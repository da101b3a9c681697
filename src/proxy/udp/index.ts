export { FlowRoom } from './flow-room.ts';
export { OutboundFlows } from './outbound-flows.ts';
export { UdpServers } from './servers.ts';

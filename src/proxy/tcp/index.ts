export { TcpClientConnection } from './client-connection.ts';
export { TcpEgress } from './egress.ts';
export { TcpIngress } from './ingress.ts';
export { TcpServers } from './servers.ts';
export { TunnelEnd, type TunnelOwner } from './tunnel-end.ts';

export { TcpClientConnection } from './client-connection.ts';
export { TcpServers } from './servers.ts';
export { TunnelEnd, type TunnelOwner } from './tunnel-end.ts';

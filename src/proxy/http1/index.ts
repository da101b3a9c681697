export { Http1ClientConnection } from './client-connection.ts';
export { Http1Servers } from './servers.ts';

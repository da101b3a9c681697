export type { ConnectionOptions } from './connection.ts';
export { Http2Server } from './server.ts';
export { Http2Servers } from './servers.ts';

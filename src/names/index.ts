export type { Asker } from './asker.ts';
export { Forwarder, type ForwarderParts } from './forwarder.ts';
export { NamesServer, type NamesServerParts } from './names-server.ts';
export { resolversOf } from './resolv-conf.ts';
export type { Lookup, Zone } from './zone.ts';

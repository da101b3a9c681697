export type { Asker } from './asker.ts';
export { Forwarder } from './forwarder.ts';
export { NamesServer } from './names-server.ts';
export { resolversOf } from './resolv-conf.ts';
export type { Lookup, Zone } from './zone.ts';

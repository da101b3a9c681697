export { HBONE_LABEL, HboneServers, hboneRouteOf } from './hbone-servers.ts';
export { HboneListener } from './listener.ts';

export { HboneServers, hboneRouteOf } from './hbone-servers.ts';
export { HboneListener } from './listener.ts';

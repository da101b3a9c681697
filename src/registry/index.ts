export type { Endpoint, EndpointClaim } from './endpoint.ts';

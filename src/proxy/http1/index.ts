export { Downstream } from './downstream.ts';
export { EgressHop, EndpointPools } from './egress.ts';
export { IngressHop } from './ingress.ts';
export { Pool } from './pool.ts';

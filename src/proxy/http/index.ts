export { beginExchange } from './admission.ts';
export { DecidingFields } from './deciding-fields.ts';
export { EgressHop } from './egress-hop.ts';
export type { Exchange } from './exchange.ts';
export type { AcceptRequest, ClientHalf, Lessee, ServerHalf, Servers } from './halves.ts';
export { IngressHop } from './ingress-hop.ts';
export type { RequestHead, ResponseHead } from './message.ts';
export { OpenExchanges } from './open-exchanges.ts';
export type { Reply } from './reply.ts';

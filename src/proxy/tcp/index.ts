export { TcpEgress } from './egress.ts';
export { TcpIngress } from './ingress.ts';

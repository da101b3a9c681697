export { Aside } from './aside.ts';
export { Balancer } from './balancer.ts';

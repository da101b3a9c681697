export type { ProcessFacts, Registration } from './registration.ts';

export { Dice } from './dice.ts';
export { KINDS, type Kind } from './kinds.ts';
export type { LlhttpOutcome } from './llhttp.ts';
export { difference, isPeculiarToLlhttp } from './llhttp-difference.ts';
export type { Outcome, Reading } from './reading.ts';

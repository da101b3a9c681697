export { NO_READS, type ProgramReads, programReads } from './program-reads.ts';
export { type Replay, replay, type TurnedCall } from './replay.ts';
export type { ReplayRules } from './replay-side.ts';
export { type ReplayWindow, type SampledDecision, textLengthOf } from './sampled-decision.ts';

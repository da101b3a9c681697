export { NO_READS, type ProgramReads, programReads } from './program-reads.ts';
export type { ReplayWindow, SampledDecision } from './sampled-decision.ts';

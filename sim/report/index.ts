export type { Paint } from './paint.ts';
export { replayCommand } from './replay.ts';
export { type CheckResult, isGood, type RunReport, type Spread, spreadOf } from './run-report.ts';
export { swarmLine } from './swarm-line.ts';
export { reportLines, verdictLines } from './terminal-report.ts';
export { type TrustReport, trustLine, trustLines } from './trust-report.ts';
export { bytesText, countText, plural, timeText } from './words.ts';

export { Detection } from './detection.ts';
export { Durations } from './durations.ts';
export { FalseDeaths } from './false-deaths.ts';
export { Propagation } from './propagation.ts';
export { SentBytes } from './sent-bytes.ts';

export { FakeClock } from './fake-clock.ts';
export { type LogLine, recordingLog } from './recording-log.ts';
export { seededRandom } from './seeded-random.ts';

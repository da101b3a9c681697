export { realClock, realRandom } from './real-time.ts';

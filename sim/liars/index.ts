export { LiarBand } from './liar-band.ts';

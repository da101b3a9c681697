export { type Bar, MEASUREMENTS, type Measured, type Measurement, type RunOne } from './bar.ts';
export { barLine, verdictOf } from './bar-table.ts';

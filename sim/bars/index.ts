export {
  type Bar,
  MEASUREMENTS,
  type Measured,
  type Measurement,
  type RunOne,
  type RunTrust,
} from './bar.ts';
export { barLine, verdictOf } from './bar-table.ts';

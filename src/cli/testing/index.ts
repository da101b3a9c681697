export { type Outcome, runCommandLine, type Surroundings } from './stage.ts';

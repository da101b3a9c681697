import type { Row } from '../rows.ts';
import type { Stage } from './contender.ts';

/** What one case measured. */
export interface CaseResult {
  readonly rows: readonly Row[];
  /** What did not work, in words; without any the rows are whole. */
  readonly failures: readonly string[];
  /** Every figure of every round, by who took part. */
  readonly rounds: Readonly<Record<string, readonly number[]>>;
}

/** One line of what the data plane must reach. */
export interface Case {
  readonly name: string;
  readonly about: string;
  run(stage: Stage, rounds: number): Promise<CaseResult>;
  /** Where our own time goes under this load, as text. */
  profile?(stage: Stage): Promise<string>;
}

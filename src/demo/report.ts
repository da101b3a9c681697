import type { Clock } from '../ports/index.ts';
import type { Check } from './checks/index.ts';

type Promised = Pick<Check, 'number' | 'title'>;

/** What is written for a person, line by line. */
export interface Report {
  /** A step of the preparation, with the time since the start. */
  step(what: string): void;
  line(text: string): void;
  passed(check: Promised, facts: string): void;
  failed(check: Promised, why: string): void;
  skipped(what: string): void;
  /** Whether nothing failed so far. */
  isGood(): boolean;
  /** The last line. */
  total(): void;
}

export function createReport(clock: Clock, write: (text: string) => void): Report {
  const startedMs = clock.monotonic();
  let passed = 0;
  let failed = 0;
  const line = (text: string): void => write(`${text}\n`);
  const verdict = (word: string, { number, title }: Promised, detail: string): void => {
    line(`${word.padEnd(4)} ${String(number).padStart(2)}  ${title}: ${oneLine(detail)}`);
  };
  return {
    line,
    step: (what) => {
      const seconds = ((clock.monotonic() - startedMs) / 1_000).toFixed(1);
      line(`${seconds.padStart(6)} s  ${what}`);
    },
    passed: (check, facts) => {
      passed += 1;
      verdict('ok', check, facts);
    },
    failed: (check, why) => {
      failed += 1;
      verdict('FAIL', check, why);
    },
    skipped: (what) => line(`skip     ${what}`),
    isGood: () => failed === 0,
    total: () => line(`demo: ${passed} checks passed, ${failed} failed`),
  };
}

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, ' | ');

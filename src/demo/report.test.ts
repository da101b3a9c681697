import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { createReport } from './report.ts';

const check = (number: number) => ({ number, title: 'it holds' });

function reporting() {
  const clock = new FakeClock();
  const lines: string[] = [];
  return { clock, lines, report: createReport(clock, (text) => lines.push(text)) };
}

test('the last line counts what passed and what failed', () => {
  const { lines, report } = reporting();
  report.passed(check(1), 'as measured');
  report.failed(check(2), 'it did\n  not');
  report.skipped('files: there is no python3 on this host');
  report.total();
  expect(report.isGood()).toBe(false);
  expect(lines).toEqual([
    'ok    1  it holds: as measured\n',
    'FAIL  2  it holds: it did | not\n',
    'skip     files: there is no python3 on this host\n',
    'demo: 1 checks passed, 1 failed\n',
  ]);
});

test('all is well when nothing failed', () => {
  const { lines, report } = reporting();
  report.passed(check(3), 'fine');
  report.total();
  expect(report.isGood()).toBe(true);
  expect(lines.at(-1)).toBe('demo: 1 checks passed, 0 failed\n');
});

test('a step says how long after the start it was done', () => {
  const { clock, lines, report } = reporting();
  clock.advance(12_340);
  report.step('n1 is there');
  expect(lines).toEqual(['  12.3 s  n1 is there\n']);
});

import { expect, test } from 'bun:test';
import { type TourFacts, tourLines } from './tour.ts';

const facts: TourFacts = {
  executable: undefined,
  directory: '/tmp/selvage-demo-Abc123',
  runtimeDirectory: '/tmp/selvage-demo-Abc123/run',
  frontendPort: 65_535,
  metrics: { host: '127.0.0.13', port: 65_535 },
  nodePid: 4_194_304, // the highest that Linux gives
  catalogPid: 4_194_303,
};

test('the tour fits a terminal of 80 columns and 40 lines', () => {
  const lines = tourLines(facts);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.length).toBeLessThan(35); // the progress before it has four
});

test('the commands name this very run, and the program as it was started', () => {
  const text = (executable?: string) => tourLines({ ...facts, executable }).join('\n');
  expect(text()).toContain('  npx selvage status\n');
  expect(text('/opt/selvage')).toContain('  /opt/selvage status\n');
  expect(text('/opt/selvage')).not.toContain('npx');
  for (const fact of [
    'SELVAGE_RUNTIME_DIR=/tmp/selvage-demo-Abc123/run',
    ':65535/',
    '-9 4194304',
  ]) {
    expect(text()).toContain(fact);
  }
});

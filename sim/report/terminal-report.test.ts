import { expect, test } from 'bun:test';
import type { Paint } from './paint.ts';
import { replayCommand } from './replay.ts';
import type { RunReport } from './run-report.ts';
import { reportLines, verdictLines } from './terminal-report.ts';

const plain = (text: string): string => text;
const PAINT: Paint = { bold: plain, dim: plain, good: plain, bad: plain };
const NONE = { count: 0, p50: null, p99: null, max: null };

const report = (over: Partial<RunReport> = {}): RunReport => ({
  scenario: 'ordinary',
  seed: 7,
  nodes: 1_000,
  virtualMinutes: 10,
  propagation: {
    onEach: { count: 599_400, p50: 82, p99: 210, max: 1_430 },
    onAll: { count: 600, p50: 190, p99: 640, max: 1_430 },
  },
  detection: { onEach: NONE, onAll: NONE },
  falseDeaths: { ofHealthyAtHealthy: 0, ofHealthyAtSlow: 2, ofSlow: 1_234 },
  bytesPerNodePerSecond: { datagram: 640, connection: 600 },
  agreementMs: 2_100,
  cost: { wallMs: 8_400, events: 2_612_311, peakBytes: 512e6 },
  trace: '00ff00ff00ff00ff',
  checks: [
    { promise: 'all agree', breaches: [] },
    { promise: 'nothing is lost', breaches: ['n00001 holds nothing'] },
  ],
  ...over,
});

test('a report says what was measured, what it cost and what was checked, each in its place', () => {
  expect(reportLines(report(), PAINT)).toEqual([
    'ordinary: 1,000 nodes, 10 min of virtual time, seed 7',
    '',
    '  a change      seen on each         p50 82 ms      p99 210 ms     max 1.43 s',
    '                seen on all          p50 190 ms     p99 640 ms     max 1.43 s     of 600',
    '  false deaths  of healthy members 2 (2 at slow ones), of slow ones 1,234',
    '  traffic       1.24 KB a second sent by each node  datagram 640 B, connection 600 B',
    '  agreement     all hold the same records 2.1 s after the last fault',
    '  cost          8.4 s of wall time, 2,612,311 events (3.2 µs each), 512 MB of memory',
    '  trace         00ff00ff00ff00ff  equal for equal runs',
    '',
    '  ok    all agree',
    '  FAIL  nothing is lost',
    '          n00001 holds nothing',
  ]);
});

test('the last line is the verdict, with the command that shows a failure again', () => {
  const replay = replayCommand(['--scenario', 'swarm', '--loss', '1%'], 7);
  expect(replay).toBe('npm run sim -- --scenario swarm --loss 1% --seed 7');
  expect(verdictLines(report({ checks: [] }), replay, 'abc')).toEqual(['sim: ok']);
  expect(verdictLines(report(), replay, 'abc1234')).toEqual([
    'sim: FAILED seed=7 commit=abc1234',
    '  replay: npm run sim -- --scenario swarm --loss 1% --seed 7',
  ]);
});

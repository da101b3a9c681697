import { expect, test } from 'bun:test';
import { FakeClock, recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { ClockWatch } from './clock-watch.ts';

test('a clock that goes wrong is said once in the log, and once when it is right again', () => {
  const clock = new FakeClock();
  const log = recordingLog();
  const meter = recordingMeter();
  let problem: string | undefined;
  const watch = new ClockWatch({ records: { ownClockProblem: () => problem }, clock, log, meter });
  const seen = () => [log.lines.map(({ message }) => message), meter.value('selvage_clock_wrong')];
  clock.advance(60_000);
  expect(seen()).toEqual([[], 0]);
  problem = 'this host’s clock is 600 s ahead of the members’ median';
  clock.advance(60_000);
  expect(seen()).toEqual([['this host’s clock is wrong'], 1]);
  expect(log.lines[0]?.fields).toEqual({ problem });
  problem = undefined;
  clock.advance(10_000);
  expect(seen()).toEqual([['this host’s clock is wrong', 'this host’s clock is right again'], 0]);
  watch.stop();
  problem = 'wrong';
  clock.advance(60_000);
  expect(log.lines).toHaveLength(2);
});

import { describe, expect, test } from 'bun:test';
import { FakeClock, recordingLog } from '../ports/testing/index.ts';
import { Deadlines, type Timed } from './deadlines.ts';

function item(dueMs: number): Timed & { expirations: number } {
  return {
    dueMs,
    expirations: 0,
    abandon: () => undefined,
    expired() {
      this.expirations += 1;
      this.dueMs = Number.POSITIVE_INFINITY;
    },
  };
}

describe('deadlines', () => {
  test('expire when they are due, a tenth of a second late at most', () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock, recordingLog());
    const [soon, later] = [item(250), item(1_000)];
    deadlines.add(soon);
    deadlines.add(later);
    clock.advance(249);
    expect(soon.expirations).toBe(0);
    clock.advance(101);
    expect([soon.expirations, later.expirations]).toEqual([1, 0]);
  });

  test('are moved by writing another time, and stopped by taking them out', () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock, recordingLog());
    const [moved, removed] = [item(100), item(100)];
    deadlines.add(moved);
    deadlines.add(removed);
    moved.dueMs = 5_000;
    deadlines.remove(removed);
    clock.advance(4_999);
    expect([moved.expirations, removed.expirations]).toEqual([0, 0]);
    clock.advance(101);
    expect(moved.expirations).toBe(1);
  });

  test('are kept for the others when one of them throws, which is ended and not asked again', () => {
    const clock = new FakeClock();
    const log = recordingLog();
    const deadlines = new Deadlines(clock, log);
    let asked = 0;
    let abandoned = 0;
    const broken: Timed = {
      dueMs: 100,
      expired: () => {
        asked += 1;
        throw new Error('on purpose');
      },
      abandon: () => void abandoned++,
    };
    const other = item(100);
    deadlines.add(broken);
    deadlines.add(other);
    clock.advance(1_000);
    expect([asked, abandoned, other.expirations]).toEqual([1, 1, 1]);
    expect(log.lines).toHaveLength(1);
  });
});

import { describe, expect, test } from 'bun:test';
import type { Clock, Timer } from '../ports/index.ts';
import { FakeClock, recordingLog } from '../ports/testing/index.ts';
import { Connections } from './connections.ts';
import type { PartySocket } from './party.ts';
import { Review } from './review.ts';

/** A clock on which every decision takes 10 µs, and the event loop's next turn is the test's to begin. */
class BusyClock extends FakeClock {
  #spentMs = 0;
  #next: (() => void) | undefined;

  override monotonic(): number {
    this.#spentMs += 0.01;
    return this.#spentMs;
  }

  override after(_delayMs: number, run: () => void): Timer {
    this.#next = run;
    return { cancel: () => undefined };
  }

  turn(): void {
    const run = this.#next;
    this.#next = undefined;
    run?.();
  }
}

/** Only what a review touches of a socket. */
const socketOf = (review: () => void): PartySocket =>
  ({ data: { review }, terminate: () => undefined }) as unknown as PartySocket;

function start(clock: Clock = new FakeClock()) {
  const connections = new Connections();
  const log = recordingLog();
  return { connections, log, review: new Review(clock, connections, log) };
}

describe('a review', () => {
  test('looks at everything open at once when something changed, and each second', () => {
    const clock = new FakeClock();
    const { connections, review } = start(clock);
    let looks = 0;
    for (let count = 0; count < 10; count++) connections.opened(socketOf(() => looks++));
    review.begin();
    expect(looks).toBe(10);
    clock.advance(3_000);
    expect(looks).toBe(40);
    review.stop();
    clock.advance(3_000);
    expect(looks).toBe(40);
  });

  test('of 10,000 connections leaves the loop to others after each millisecond', () => {
    const clock = new BusyClock();
    const { connections, review } = start(clock);
    let looks = 0;
    for (let count = 0; count < 10_000; count++) connections.opened(socketOf(() => looks++));
    review.begin();
    const slices = [looks];
    while (looks < 10_000) {
      const before = looks;
      clock.turn();
      slices.push(looks - before);
    }
    expect(Math.max(...slices)).toBeLessThanOrEqual(101);
    expect(slices.length).toBeLessThan(110);
  });

  test('begins anew after a change that came while it was under way', () => {
    const clock = new BusyClock();
    const { connections, review } = start(clock);
    const looks: number[] = [];
    for (let name = 0; name < 300; name++) connections.opened(socketOf(() => looks.push(name)));
    review.begin();
    review.begin();
    review.begin();
    for (let turn = 0; turn < 20; turn++) clock.turn();
    expect(looks.length).toBe(600);
    expect(looks.slice(300)).toEqual(looks.slice(0, 300));
  });

  test('takes in stride what opens and closes meanwhile', () => {
    const { connections, review } = start();
    const seen: string[] = [];
    const later = socketOf(() => seen.push('later'));
    const gone = socketOf(() => seen.push('gone'));
    connections.opened(
      socketOf(() => {
        seen.push('first');
        connections.closed(gone);
        connections.opened(later);
      }),
    );
    connections.opened(gone);
    review.begin();
    expect(seen).toEqual(['first', 'later']);
  });

  test('ends a connection that cannot be decided on, and goes on with the others', () => {
    const { connections, log, review } = start();
    let ended = 0;
    let looks = 0;
    const broken = socketOf(() => {
      throw new Error('on purpose');
    });
    broken.terminate = () => void ended++;
    connections.opened(broken);
    connections.opened(socketOf(() => looks++));
    review.begin();
    expect([ended, looks]).toEqual([1, 1]);
    expect(log.lines[0]?.message).toBe('a connection could not be decided on again');
  });
});

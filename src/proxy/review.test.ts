import { describe, expect, test } from 'bun:test';
import type { Clock, Timer } from '../ports/index.ts';
import { FakeClock, recordingLog } from '../ports/testing/index.ts';
import { Census } from './census.ts';
import type { Exchange } from './http/exchange.ts';
import { OpenExchanges } from './http/open-exchanges.ts';
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

/** Only what a review touches of an exchange. */
const exchangeOf = (review: () => void): Exchange =>
  ({ review, abandon: () => undefined }) as unknown as Exchange;

function start(clock: Clock = new FakeClock()) {
  const log = recordingLog();
  const exchanges = new OpenExchanges(new Census(), () => 0, log);
  return {
    exchanges,
    log,
    review: new Review(clock, () => exchanges.all()[Symbol.iterator](), log),
  };
}

describe('a review', () => {
  test('looks at everything open at once when something changed, and each second', () => {
    const clock = new FakeClock();
    const { exchanges, review } = start(clock);
    let looks = 0;
    for (let count = 0; count < 10; count++) exchanges.begun(exchangeOf(() => looks++));
    review.begin();
    expect(looks).toBe(10);
    clock.advance(3_000);
    expect(looks).toBe(40);
    review.stop();
    clock.advance(3_000);
    expect(looks).toBe(40);
  });

  test('of 10,000 exchanges leaves the loop to others after each millisecond', () => {
    const clock = new BusyClock();
    const { exchanges, review } = start(clock);
    let looks = 0;
    for (let count = 0; count < 10_000; count++) exchanges.begun(exchangeOf(() => looks++));
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
    const { exchanges, review } = start(clock);
    const looks: number[] = [];
    for (let name = 0; name < 300; name++) exchanges.begun(exchangeOf(() => looks.push(name)));
    review.begin();
    review.begin();
    review.begin();
    for (let turn = 0; turn < 20; turn++) clock.turn();
    expect(looks.length).toBe(600);
    expect(looks.slice(300)).toEqual(looks.slice(0, 300));
  });

  test('takes in stride what opens and closes meanwhile', () => {
    const { exchanges, review } = start();
    const seen: string[] = [];
    const later = exchangeOf(() => seen.push('later'));
    const gone = exchangeOf(() => seen.push('gone'));
    exchanges.begun(
      exchangeOf(() => {
        seen.push('first');
        exchanges.ended(gone);
        exchanges.begun(later);
      }),
    );
    exchanges.begun(gone);
    review.begin();
    expect(seen).toEqual(['first', 'later']);
  });

  test('ends a connection that cannot be decided on, and goes on with the others', () => {
    const { exchanges, log, review } = start();
    let ended = 0;
    let looks = 0;
    const broken = exchangeOf(() => {
      throw new Error('on purpose');
    });
    broken.abandon = () => void ended++;
    exchanges.begun(broken);
    exchanges.begun(exchangeOf(() => looks++));
    review.begin();
    expect([ended, looks]).toEqual([1, 1]);
    expect(log.lines[0]?.message).toBe('what is open could not be decided on again');
  });
});

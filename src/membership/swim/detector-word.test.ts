import { expect, test } from 'bun:test';
import {
  ACCUSATIONS_AT_ONCE,
  ACCUSERS_KEPT,
  INCARNATIONS_PER_START,
  LIFE_CLAIMS_AT_ONCE,
} from './limits.ts';
import { LoneDetector } from './testing/lone-detector.ts';
import { firstOf } from './testing/swarm.ts';

/** All statements that it tells until it has nothing new. */
function told(lone: LoneDetector) {
  const statements = new Set<unknown>();
  for (let i = 0; i < 20; i++) {
    lone.run('rumour');
    for (const { content } of lone.sent()) {
      for (const statement of content.statements) statements.add(statement);
    }
  }
  return [...statements];
}

test('accused, it lives on at the next incarnation and says so, once a second at most', () => {
  const lone = new LoneDetector(5);
  lone.told(1, lone.accusation(1, 0));
  expect(lone.detector.incarnation).toBe(firstOf(1) + 1);
  expect(told(lone)).toEqual([lone.life(0, firstOf(1) + 1)]);
  lone.told(2, lone.accusation(2, 0)); // of the incarnation before
  lone.told(2, lone.accusation(2, 0, firstOf(1) + 1)); // within the second
  lone.told(2, lone.accusation(2, 0, firstOf(900))); // one that it never had
  expect(lone.detector.incarnation).toBe(firstOf(1) + 1);
  expect(lone.events.filter((event) => event === 'refuted-own')).toHaveLength(1);
});

test('a ping with an accusation is answered with what it is now', () => {
  const lone = new LoneDetector(5);
  lone.hears(1, { type: 'ping', probe: 1 }, lone.accusation(2, 0));
  expect(lone.sentOf('ack')[0]?.statements).toEqual([lone.life(0, firstOf(1) + 1)]);
  lone.hears(1, { type: 'ping', probe: 2 }, lone.accusation(3, 0));
  expect(lone.sentOf('ack')[0]?.statements[0]).toEqual(lone.life(0, firstOf(1) + 1));
});

test('refutations never reach the incarnations of the next start', () => {
  const lone = new LoneDetector(5);
  lone.detector.raise(firstOf(1) + INCARNATIONS_PER_START - 2, lone.now);
  for (let i = 0; i < 5; i++) {
    lone.now += 60_000;
    lone.told(1, lone.accusation(1, 0, lone.detector.incarnation));
  }
  expect(lone.detector.incarnation).toBe(firstOf(2) - 1);
});

test('a forged statement is not believed, and what its bearer says behind it is not looked at', () => {
  const lone = new LoneDetector(5);
  const forged = { ...lone.accusation(2, 1) };
  lone.told(3, forged, lone.accusation(4, 1));
  lone.told(3, { ...lone.life(1, firstOf(5)) });
  expect(lone.detector.state(1)).toBe('alive');
  expect(lone.detector.facts(1).incarnation).toBe(firstOf(1));
  expect(lone.events).toEqual(['forged', 'forged']);
});

test('one that accuses everybody is heard so often and no more, and not passed on beyond', () => {
  const lone = new LoneDetector(200);
  for (let subject = 2; subject <= 200; subject++) lone.told(1, lone.accusation(1, subject));
  expect(lone.detector.count('suspect')).toBe(ACCUSATIONS_AT_ONCE);
  expect(told(lone)).toHaveLength(ACCUSATIONS_AT_ONCE);
  expect(lone.events.filter((event) => event === 'excess')).toHaveLength(199 - ACCUSATIONS_AT_ONCE);
});

test('one that outdoes itself in incarnations is heard so often and no more', () => {
  const lone = new LoneDetector(5);
  for (let n = 1; n <= 100; n++) lone.told(1, lone.life(1, firstOf(1) + n));
  expect(lone.detector.facts(1).incarnation).toBe(firstOf(1) + LIFE_CLAIMS_AT_ONCE);
});

test('of one member so many accusers are kept and passed on', () => {
  const lone = new LoneDetector(50);
  for (let accuser = 2; accuser <= 50; accuser++) lone.told(accuser, lone.accusation(accuser, 1));
  expect(told(lone)).toHaveLength(ACCUSERS_KEPT);
});

test('accusations by itself, in this node’s name, or by those who are gone are not heard', () => {
  const lone = new LoneDetector(5);
  lone.told(2, lone.life(2, firstOf(1), true));
  lone.told(3, lone.accusation(1, 1), lone.accusation(0, 1), lone.accusation(2, 1));
  lone.told(3, lone.accusation(9, 1), lone.accusation(3, 9));
  expect(lone.detector.state(1)).toBe('alive');
  expect(lone.detector.count('suspect')).toBe(0);
});

test('who took leave has left, until it starts again', () => {
  const lone = new LoneDetector(5);
  lone.told(2, lone.life(1, firstOf(1), true));
  expect(lone.detector.state(1)).toBe('left');
  lone.told(2, lone.accusation(2, 1), lone.life(1, firstOf(1)));
  lone.periods(20);
  expect(lone.detector.state(1)).toBe('left');
  expect(lone.sentOf('ping').some(({ to }) => to === 1)).toBe(false);
  lone.told(2, lone.life(1, firstOf(2)));
  expect(lone.detector.state(1)).toBe('alive');
});

test('who accuses one that took leave is shown its leave, as one that was not there when it left', () => {
  const lone = new LoneDetector(5);
  const farewell = lone.life(1, firstOf(1), true);
  lone.told(2, farewell);
  told(lone);
  lone.told(3, lone.accusation(3, 1));
  expect(lone.sentOf('rumour')).toEqual([
    { to: 3, body: { type: 'rumour' }, statements: [farewell] },
  ]);
  lone.told(2, lone.life(1, firstOf(2)));
  told(lone);
  lone.told(3, lone.accusation(3, 1));
  expect(lone.sentOf('rumour')).toEqual([]);
});

test('one that asks and asks, for itself or for others, takes no news from the others', () => {
  const lone = new LoneDetector(20);
  lone.told(2, lone.life(1, firstOf(2)));
  for (let probe = 0; probe < 200; probe++) {
    lone.hears(3, { type: 'ping', probe });
    lone.hears(3, { type: 'ping-request', probe, target: 4 });
    lone.run('relay');
  }
  expect(lone.sentOf('ack').at(-1)?.statements).toEqual([lone.life(1, firstOf(2))]);
  expect(told(lone)).toEqual([lone.life(1, firstOf(2))]);
});

test('leaving, it tells some at once, and whoever asks', () => {
  const lone = new LoneDetector(30);
  lone.detector.leave(lone.now);
  const farewell = lone.life(0, firstOf(1), true);
  const rumours = lone.sentOf('rumour');
  expect(rumours.length).toBeGreaterThan(5);
  expect(rumours.every(({ statements }) => statements.length === 1)).toBe(true);
  lone.told(3, lone.accusation(3, 0));
  lone.hears(3, { type: 'ping', probe: 1 });
  expect(lone.sentOf('ack')[0]?.statements).toContainEqual(farewell);
  expect(lone.detector.incarnation).toBe(firstOf(1));
});

test('a life claim of its own key that it never made is told to its driver, a forged one is not', () => {
  const lone = new LoneDetector(5);
  lone.told(1, lone.life(0, firstOf(3)));
  lone.told(1, { ...lone.life(0, firstOf(4)) });
  lone.told(1, lone.life(0, firstOf(1)));
  expect(lone.rivals).toEqual([firstOf(3)]);
});

import { expect, test } from 'bun:test';
import { ACCUSATIONS_AT_ONCE } from './limits.ts';
import { LoneDetector } from './testing/lone-detector.ts';
import { firstOf } from './testing/swarm.ts';

test('one that accuses this node again and again makes it neither check, nor contradict, nor wait without end', () => {
  const lone = new LoneDetector(5);
  for (let second = 0; second < 2 * ACCUSATIONS_AT_ONCE; second++) {
    lone.now += 1_000;
    for (let copy = 0; copy < 100; copy++) {
      lone.told(1, lone.accusation(1, 0, lone.detector.incarnation));
    }
  }
  const refuted = lone.detector.incarnation - firstOf(1);
  expect(refuted).toBeGreaterThanOrEqual(ACCUSATIONS_AT_ONCE);
  expect(refuted).toBeLessThan(ACCUSATIONS_AT_ONCE + 8);
  expect(lone.checked.filter(({ subject }) => subject === 0)).toHaveLength(refuted);
});

test('one that says other addresses each time, or comes and goes, is heard no more often', () => {
  const lone = new LoneDetector(200);
  for (let subject = 3; subject <= 200; subject++) {
    const [from, to] = subject % 2 === 0 ? [1, 2] : [2, 1];
    lone.detector.forget(from);
    lone.detector.learn(to, firstOf(1));
    lone.told(to, lone.accusation(to, subject));
  }
  expect(lone.detector.count('suspect')).toBeLessThanOrEqual(2 * ACCUSATIONS_AT_ONCE);
});

test('one datagram is answered by one, however many it accuses that left', () => {
  const lone = new LoneDetector(20);
  const gone = Array.from({ length: 14 }, (_, i) => i + 2);
  for (const member of gone) lone.told(1, lone.life(member, firstOf(1), true));
  lone.sent();
  lone.told(1, ...gone.flatMap((member) => [{ ...lone.accusation(1, member) }]));
  const answers = lone.sentOf('rumour');
  expect(answers).toHaveLength(1);
  expect(answers[0]?.statements.map(({ subject }) => subject)).toEqual(gone);
});

test('one that is accused without end contradicts no more often than others listen, and is heard when it leaves', () => {
  const [accused, other] = [new LoneDetector(5), new LoneDetector(5)];
  for (let second = 1; second <= 60; second++) {
    accused.now = other.now = second * 1_000;
    const accuser = 1 + (second % 5);
    const before = accused.detector.incarnation;
    accused.told(accuser, accused.accusation(accuser, 0, before));
    const { incarnation } = accused.detector;
    if (incarnation > before) other.told(2, other.life(1, incarnation));
    expect(other.detector.facts(1).incarnation).toBe(incarnation);
  }
  expect(accused.detector.incarnation).toBeGreaterThan(firstOf(1) + 30);
  other.told(2, other.life(1, accused.detector.incarnation, true));
  expect(other.detector.state(1)).toBe('left');
  expect(other.events).not.toContain('excess');
});

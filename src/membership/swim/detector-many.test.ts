import { expect, test } from 'bun:test';
import { ACCUSATIONS_AT_ONCE, MAX_PROBES } from './limits.ts';
import { PROFILES } from './profile.ts';
import { LoneDetector } from './testing/lone-detector.ts';

/** Members from 1 on are accused by others from 201 on, as many by each as are heard. */
function withSuspects(count: number): LoneDetector {
  const lone = new LoneDetector(250);
  for (let subject = 1; subject <= count; subject++) {
    const accuser = 201 + Math.floor((subject - 1) / ACCUSATIONS_AT_ONCE);
    lone.told(accuser, lone.accusation(accuser, subject));
  }
  expect(lone.detector.count('suspect')).toBe(count);
  return lone;
}

test('of many suspects only so many are asked at once, but all of them in time', () => {
  const lone = withSuspects(180);
  const asked = new Set<number>();
  lone.periods(1);
  for (let round = 0; round < 12; round++) {
    const pings = lone.sentOf('ping').map(({ to }) => to);
    const suspects = pings.filter((to) => to <= 180);
    expect(suspects.length).toBeLessThanOrEqual(MAX_PROBES);
    for (const to of suspects) asked.add(to);
    lone.periods(1);
  }
  expect(asked.size).toBe(180);
});

test('while suspects are asked, the others still have their turn', () => {
  const lone = withSuspects(180);
  for (let i = 0; i < 10; i++) {
    lone.periods(1);
    expect(lone.sentOf('ping').some(({ to }) => to > 180)).toBe(true);
  }
});

test('it accuses no more than others would hear', () => {
  const lone = new LoneDetector(100);
  for (let member = 1; member <= 100; member++) lone.detector.suspectConnection(member);
  lone.periods(3);
  expect(lone.detector.count('suspect')).toBeGreaterThan(2 * ACCUSATIONS_AT_ONCE);
  const accused = lone.events.filter((event) => event === 'accused');
  expect(accused).toHaveLength(ACCUSATIONS_AT_ONCE);
});

test('it adds no word to what enough others say', () => {
  const lone = new LoneDetector(10);
  for (const accuser of [2, 3, 4, 5]) lone.told(accuser, lone.accusation(accuser, 1));
  while (!lone.events.includes('probe-failed')) {
    lone.run('period');
    lone.answer((member) => member !== 1);
  }
  expect(lone.events).not.toContain('accused');
});

test('time in which it stood still does not bring a conclusion nearer', () => {
  const lone = new LoneDetector(10, { ...PROFILES.lan, suspicionPeriods: 20 });
  for (const accuser of [2, 3]) lone.told(accuser, lone.accusation(accuser, 1));
  while (!lone.events.includes('probe-failed')) {
    lone.run('period');
    lone.answer((member) => member !== 1);
  }
  lone.run('period', 60_000);
  lone.answer((member) => member !== 1);
  lone.run('period');
  expect(lone.detector.state(1)).toBe('suspect');
});

test('where one of the dead is back, the next is asked at once', () => {
  const lone = new LoneDetector(5, { ...PROFILES.lan, healthMax: 0 }); // none is being asked already
  lone.periods(100);
  expect(lone.detector.count('dead')).toBe(5);
  lone.sent();
  let pings: ReturnType<typeof lone.sentOf<'ping'>> = [];
  while (pings.length === 0) {
    lone.periods(1);
    pings = lone.sentOf('ping');
  }
  for (let back = 1; back <= 5; back++) {
    const [ping] = pings;
    expect(pings).toHaveLength(1);
    const to = ping?.to ?? 0;
    lone.hears(to, { type: 'ack', probe: ping?.body.probe ?? 0, subject: to });
    expect(lone.detector.count('alive')).toBe(back);
    pings = lone.sentOf('ping');
  }
});

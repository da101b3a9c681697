import { describe, expect, test } from 'bun:test';
import { ASKED_BY_ALL_MS, ASKERS_OF_DEAD } from './limits.ts';
import { PROFILES } from './profile.ts';
import { LoneDetector } from './testing/lone-detector.ts';
import { firstOf } from './testing/swarm.ts';

/** Member 1 is silent, the others answer; until it is in that state, or for so many periods. */
function waitFor(lone: LoneDetector, state: 'suspect' | 'dead', mostPeriods: number): number {
  let periods = 0;
  while (lone.detector.state(1) !== state && periods < mostPeriods) {
    lone.run('period');
    lone.answer((member) => member !== 1);
    periods += 1;
  }
  return periods;
}

test('accused by three and silent to this node, a member is dead when the time is over', () => {
  const lone = new LoneDetector(10);
  lone.told(2, lone.accusation(2, 1), lone.accusation(3, 1), lone.accusation(4, 1));
  expect(lone.detector.state(1)).toBe('suspect');
  const heardAt = lone.now;
  waitFor(lone, 'dead', 20);
  expect(lone.detector.state(1)).toBe('dead');
  expect(lone.now - heardAt).toBeLessThanOrEqual(3_000);
  expect(lone.events).toContain('concluded-dead');
});

test('however many accuse a member, it is alive as long as it answers', () => {
  const lone = new LoneDetector(50);
  for (let accuser = 2; accuser <= 50; accuser++) {
    lone.told(accuser, lone.accusation(accuser, 1));
    lone.run('period');
    lone.answer(() => true);
    expect(lone.detector.state(1)).not.toBe('dead');
  }
  for (let i = 0; i < 40; i++) {
    lone.run('period');
    lone.answer(() => true);
  }
  expect(lone.detector.state(1)).toBe('alive');
  expect(lone.events).not.toContain('concluded-dead');
});

test('without accusers own probes decide, after three rounds and the longest time', () => {
  const lone = new LoneDetector(1);
  const { suspicionPeriods, suspicionMaxFactor, periodMs } = PROFILES.lan;
  waitFor(lone, 'suspect', 5);
  const suspectedAt = lone.now;
  waitFor(lone, 'dead', 100);
  const longestMs = suspicionPeriods * suspicionMaxFactor * periodMs;
  expect(lone.now - suspectedAt).toBeGreaterThanOrEqual(longestMs);
  expect(lone.now - suspectedAt).toBeLessThanOrEqual(longestMs + 2 * periodMs);
});

test('a suspected member hears so with the question, and a late answer is one too', () => {
  const lone = new LoneDetector(5);
  const accusation = lone.accusation(2, 1);
  lone.told(2, accusation);
  let probe: number | undefined;
  for (let i = 0; i < 3 && probe === undefined; i++) {
    lone.run('period');
    const ping = lone.sentOf('ping').find(({ to }) => to === 1);
    if (ping === undefined) continue;
    expect(ping.statements[0]).toBe(accusation);
    probe = ping.body.probe;
  }
  lone.periods(3);
  expect(lone.detector.state(1)).toBe('suspect');
  lone.hears(1, { type: 'ack', probe: probe ?? 0, subject: 1 });
  expect(lone.detector.state(1)).toBe('alive');
});

test('a later incarnation ends a suspicion and a death, the same one does not', () => {
  const lone = new LoneDetector(10);
  lone.told(2, lone.accusation(2, 1));
  lone.told(2, lone.life(1, firstOf(1)));
  expect(lone.detector.state(1)).toBe('suspect');
  lone.told(2, lone.life(1, firstOf(1) + 1));
  expect(lone.detector.state(1)).toBe('alive');
  lone.told(3, lone.accusation(3, 1)); // of the incarnation before
  expect(lone.detector.state(1)).toBe('alive');
  lone.told(2, lone.accusation(2, 1, firstOf(1) + 1));
  waitFor(lone, 'dead', 100);
  lone.told(2, lone.life(1, firstOf(1) + 1));
  expect(lone.detector.state(1)).toBe('dead');
  lone.detector.learn(1, firstOf(2)); // its record says that it started again
  expect(lone.detector.state(1)).toBe('alive');
  expect(lone.events).toContain('revived');
});

test('the dead are asked now and then, told which incarnation is over, and alive when they answer', () => {
  const lone = new LoneDetector(1);
  waitFor(lone, 'dead', 100);
  lone.sent();
  lone.periods(4);
  const [ping] = lone.sentOf('ping');
  expect(ping?.statements).toEqual([lone.accusation(0, 1)]);
  lone.hears(
    1,
    { type: 'ack', probe: ping?.body.probe ?? 0, subject: 1 },
    lone.life(1, firstOf(1) + 1),
  );
  expect(lone.detector.state(1)).toBe('alive');
  expect(lone.detector.facts(1).incarnation).toBe(firstOf(1) + 1);
});

describe('of a thousand that live', () => {
  const others = 1_000;
  const { periodMs, reviveMs } = PROFILES.lan;
  /** Of the dead, each time that one may be asked: all others answer. */
  function asked(lone: LoneDetector, highestDead: number, times: number): number {
    let pings = 0;
    for (let i = 0; i < (times * reviveMs) / periodMs; i++) {
      lone.run('period');
      for (const { to, body } of lone.sentOf('ping')) {
        if (to <= highestDead) pings += 1;
        else lone.hears(to, { type: 'ack', probe: body.probe, subject: to });
      }
    }
    return pings / times;
  }
  function withDead(highestDead: number): LoneDetector {
    const lone = new LoneDetector(others);
    for (let member = 1; member <= highestDead; member++) {
      lone.table.contacted(member, 0);
      lone.table.setState(member, 'dead');
    }
    return lone;
  }

  test('all ask a dead member for two minutes, then some ten', () => {
    const lone = withDead(1);
    const lately = ASKED_BY_ALL_MS / reviveMs - 1;
    expect(asked(lone, 1, lately)).toBeWithin(0.9, 1.1);
    expect(asked(lone, 1, 500) * others).toBeWithin(ASKERS_OF_DEAD / 2, 2 * ASKERS_OF_DEAD);
  });

  test('all go on where many are dead, and where one came back', () => {
    const half = withDead(others / 2);
    asked(half, others / 2, ASKED_BY_ALL_MS / reviveMs);
    expect(asked(half, others / 2, 100)).toBeWithin(0.9, 1.1);
    const lone = withDead(2);
    asked(lone, 2, ASKED_BY_ALL_MS / reviveMs);
    lone.told(5, lone.life(1, firstOf(1) + 1)); // by its own word, not by an answer to this node
    expect(lone.detector.state(1)).toBe('alive');
    lone.sent();
    expect(asked(lone, 2, 20)).toBeWithin(0.9, 1.1);
  });
});

test('a dead member that is heard of otherwise is asked at once, and not before alive', () => {
  const lone = new LoneDetector(1);
  waitFor(lone, 'dead', 100);
  for (let quiet = 0; quiet < 2; quiet++) {
    lone.run('period');
    if (lone.sentOf('ping').length > 0) quiet = -1;
  }
  lone.hears(1, { type: 'ping', probe: 3 });
  lone.detector.heard(1, lone.now);
  expect(lone.detector.state(1)).toBe('dead');
  expect(lone.sentOf('ping')).toHaveLength(1);
});

test('a period that begins late blames nobody, and makes this node more patient', () => {
  const lone = new LoneDetector(10);
  lone.told(2, lone.accusation(2, 1), lone.accusation(3, 1), lone.accusation(4, 1));
  for (let i = 0; i < 30; i++) {
    lone.run('period', 4_000);
    lone.sent();
  }
  expect(lone.events).toContain('late');
  expect(lone.events).not.toContain('concluded-dead');
  expect(lone.detector.localHealth).toBe(PROFILES.lan.healthMax);
  const began = lone.now;
  lone.run('period');
  lone.run('period');
  expect(lone.now - began).toBeGreaterThan(4 * PROFILES.lan.periodMs);
});

test('none of those who were asked to help says a word: it may be this node that is cut off', () => {
  const health = (nacks: boolean) => {
    const lone = new LoneDetector(10);
    for (let i = 0; i < 6; i++) {
      lone.run('period');
      for (const { to, content } of lone.sent()) {
        if (!nacks || content.body.type !== 'ping-request') continue;
        lone.hears(to, { type: 'nack', probe: content.body.probe });
      }
    }
    return lone.detector.localHealth;
  };
  expect(health(true)).toBe(0);
  expect(health(false)).toBeGreaterThan(0);
});

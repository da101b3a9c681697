import { expect, test } from 'bun:test';
import { MAX_RELAYS_PER_ASKER, MAX_URGENT } from './limits.ts';
import { LoneDetector } from './testing/lone-detector.ts';
import { firstOf } from './testing/swarm.ts';

test('one member is asked a period, each of them in a round of every other', () => {
  const lone = new LoneDetector(10);
  const asked: number[] = [];
  for (let i = 0; i < 20; i++) {
    lone.run('period');
    const pings = lone.sentOf('ping');
    expect(pings).toHaveLength(1);
    for (const { to, body } of pings) {
      asked.push(to);
      lone.now += 30;
      lone.hears(to, { type: 'ack', probe: body.probe, subject: to });
    }
  }
  expect(new Set(asked).size).toBe(10);
  expect(lone.detector.facts(asked[0] ?? 0)).toMatchObject({ roundTripMs: 30 });
  expect(lone.events).toEqual([]);
});

test('what answers its question is waited for, by whomever it was asked, and nothing else is', () => {
  const lone = new LoneDetector(10);
  lone.run('period');
  const [asked] = lone.sentOf('ping');
  const [subject, probe] = [asked?.to ?? 0, asked?.body.probe ?? 0];
  expect(lone.detector.isAwaited({ type: 'ack', probe, subject })).toBe(true);
  expect(lone.detector.isAwaited({ type: 'ack', probe, subject: (subject % 10) + 1 })).toBe(false);
  expect(lone.detector.isAwaited({ type: 'ack', probe: probe + 1, subject })).toBe(false);
  expect(lone.detector.isAwaited({ type: 'ping', probe })).toBe(false);
});

test('who does not answer in a period is asked by way of three others, then over a stream, then suspected', () => {
  const lone = new LoneDetector(10);
  lone.run('period');
  const target = lone.sentOf('ping')[0]?.to ?? 0;
  lone.run('period');
  const requests = lone.sentOf('ping-request');
  expect(new Set(requests.map(({ to }) => to)).size).toBe(3);
  expect(requests.every(({ to, body }) => to !== target && body.target === target)).toBe(true);
  expect(lone.streams).toEqual([]);
  lone.run('stream');
  expect(lone.streams.map(({ to }) => to)).toEqual([target]);
  expect(lone.detector.state(target)).toBe('alive');
  lone.run('period');
  expect(lone.detector.state(target)).toBe('suspect');
  expect(lone.changed).toEqual([target]);
  lone.sent();
  lone.run('rumour');
  const told = lone.sentOf('rumour').flatMap(({ statements }) => statements);
  expect(told).toContainEqual(lone.accusation(0, target));
});

test('who is found by way of another is not asked over a stream, and where there is no other, at once', () => {
  const crowd = new LoneDetector(10);
  crowd.periods(1);
  const { to: target } = crowd.sentOf('ping')[0] ?? { to: 0 };
  crowd.periods(1);
  const { to: helper, body } = crowd.sentOf('ping-request')[0] ?? { to: 0, body: { probe: 0 } };
  const proof = crowd.known.of(target).answer(0, body.probe);
  crowd.hears(helper, { type: 'ack', probe: body.probe, subject: target, origin: 0, proof });
  crowd.run('stream');
  expect(crowd.streams).toEqual([]);
  const pair = new LoneDetector(1);
  pair.periods(2);
  const { now } = pair;
  pair.run('stream');
  expect(pair.streams.map(({ to }) => to)).toEqual([1]);
  expect(pair.now).toBe(now);
});

test('an answer by way of another counts when the member signed it for this very question, or over a stream', () => {
  const answered = (by: 'proof' | 'stream' | 'lie' | 'other number' | 'another asked') => {
    const lone = new LoneDetector(10);
    lone.run('period');
    const target = lone.sentOf('ping')[0]?.to ?? 0;
    lone.run('period');
    const { to: helper, body } = lone.sentOf('ping-request')[0] ?? { to: 0, body: { probe: 0 } };
    const { probe } = body;
    const signer = by === 'lie' ? helper : target;
    const origin = by === 'another asked' ? helper : 0;
    const signed = by === 'other number' ? probe + 1 : probe;
    const proof = lone.known.of(signer).answer(origin, signed);
    if (by === 'stream') lone.detector.reached(target, probe, lone.now);
    else lone.hears(helper, { type: 'ack', probe, subject: target, origin: 0, proof });
    // Without a proof, a helper's word is worth nothing.
    lone.hears(helper, { type: 'ack', probe, subject: target });
    lone.run('period');
    return lone.detector.state(target);
  };
  expect(['proof', 'stream'].map((by) => answered(by as 'proof'))).toEqual(['alive', 'alive']);
  for (const by of ['lie', 'other number', 'another asked'] as const) {
    expect(answered(by)).toBe('suspect');
  }
});

test('a ping is answered, and for another with a proof that it can check', () => {
  const lone = new LoneDetector(3);
  lone.hears(1, { type: 'ping', probe: 5 });
  lone.hears(1, { type: 'ping', probe: 6, origin: 2 });
  const [own, other] = lone.sentOf('ack');
  expect(own).toEqual({ to: 1, body: { type: 'ack', probe: 5, subject: 0 }, statements: [] });
  expect(other?.body).toMatchObject({ type: 'ack', probe: 6, subject: 0, origin: 2 });
  expect(lone.known.of(2).isAnswer(0, 2, 6, other?.body.proof ?? new Uint8Array())).toBe(true);
});

test('asked to ask another, it passes on the answer as it is, or says that there is none', () => {
  const lone = new LoneDetector(3);
  const proof = lone.known.of(2).answer(1, 9);
  const answer = { type: 'ack', probe: 9, subject: 2, origin: 1, proof } as const;
  lone.hears(2, answer); // nobody asked for it
  expect(lone.sent()).toEqual([]);
  lone.hears(1, { type: 'ping-request', probe: 9, target: 2 });
  lone.hears(1, { type: 'ping-request', probe: 10, target: 3 });
  expect(lone.sentOf('ping').map(({ to, body }) => [to, body.origin])).toEqual([
    [2, 1],
    [3, 1],
  ]);
  lone.hears(3, answer); // not by whom it was asked
  expect(lone.sent()).toEqual([]);
  lone.hears(2, answer);
  expect(lone.sentOf('ack')).toEqual([{ to: 1, body: answer, statements: [] }]);
  lone.run('relay');
  expect(lone.sentOf('nack')).toEqual([
    { to: 1, body: { type: 'nack', probe: 10 }, statements: [] },
  ]);
});

test('a member that asks for too much is told no at once, and the others are helped', () => {
  const lone = new LoneDetector(20);
  for (let probe = 0; probe < 30; probe++) {
    lone.hears(1, { type: 'ping-request', probe, target: 2 });
  }
  lone.hears(3, { type: 'ping-request', probe: 1, target: 2 });
  const sent = lone.sent();
  const pings = sent.filter(({ content }) => content.body.type === 'ping');
  expect(pings).toHaveLength(MAX_RELAYS_PER_ASKER + 1);
  expect(sent).toHaveLength(31);
});

test('whose connection broke is asked in the next period, and so many at most', () => {
  const lone = new LoneDetector(500);
  for (let member = 1; member <= 500; member++) lone.detector.suspectConnection(member);
  lone.run('period');
  expect(lone.sentOf('ping').length).toBeLessThanOrEqual(MAX_URGENT + 1);
  lone.detector.suspectConnection(77);
  lone.periods(3);
  lone.sent();
  lone.detector.suspectConnection(400);
  lone.run('period');
  expect(lone.sentOf('ping').map(({ to }) => to)).toContain(400);
});

test('what a member that is unknown here sends, or that was forgotten, is nothing', () => {
  const lone = new LoneDetector(3);
  lone.hears(9, { type: 'ping', probe: 1 }, lone.life(1, firstOf(2)));
  lone.detector.forget(2);
  lone.hears(2, { type: 'ping', probe: 1 });
  expect(lone.sent()).toEqual([]);
  expect(lone.detector.facts(1).incarnation).toBe(firstOf(1));
  expect(lone.detector.state(2)).toBeUndefined();
});

test('no period waits for a member that was forgotten while it was asked', () => {
  const lone = new LoneDetector(1);
  lone.run('period');
  lone.detector.forget(1);
  lone.detector.learn(1, firstOf(7));
  lone.periods(2);
  expect(lone.detector.state(1)).toBe('alive');
  expect(lone.events).toEqual([]);
});

test('nobody is told what came of a question when whoever asked it is a member no more', () => {
  const lone = new LoneDetector(3);
  lone.hears(1, { type: 'ping-request', probe: 9, target: 2 });
  lone.hears(3, { type: 'ping-request', probe: 10, target: 2 });
  lone.detector.forget(1);
  lone.sent();
  const proof = lone.known.of(2).answer(1, 9);
  lone.hears(2, { type: 'ack', probe: 9, subject: 2, origin: 1, proof });
  lone.run('relay');
  expect(lone.sent().map(({ to }) => to)).toEqual([3]);
});

test('reached by stream alone it is alive, and this node takes itself for unwell if no helper says a word', () => {
  const health = (helpers: 'silent' | 'nack') => {
    const lone = new LoneDetector(10);
    for (let i = 0; i < 8; i++) {
      lone.run('period');
      for (const { to, body } of lone.sentOf('ping-request')) {
        if (helpers === 'nack') lone.hears(to, { type: 'nack', probe: body.probe });
      }
      lone.run('stream');
      for (const { to, probe } of lone.streams) lone.detector.reached(to, probe, lone.now);
    }
    expect(lone.detector.count('alive')).toBe(10);
    expect(lone.events).not.toContain('probe-failed');
    return lone.detector.localHealth;
  };
  expect(health('nack')).toBe(0);
  expect(health('silent')).toBeGreaterThan(2);
});

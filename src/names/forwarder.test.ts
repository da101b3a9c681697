import { afterEach, beforeEach, expect, test } from 'bun:test';
import { decode } from 'dns-packet';
import { bunDatagrams, realRandom, tcpChannels } from '../platform/index.ts';
import type { SocketAddress } from '../ports/index.ts';
import { eventually, FakeClock, recordingLog } from '../ports/testing/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import type { Asker } from './asker.ts';
import { Forwarder } from './forwarder.ts';
import {
  FORWARDED_PER_ASKER,
  FORWARDED_QUESTIONS,
  RESOLVER_TIMEOUT_MS,
  RESOLVERS_TRIED,
  WRONG_ANSWERS,
} from './limits.ts';
import { readQuestion } from './question.ts';
import { FakeResolver, query } from './testing/index.ts';

const asker = (port: number, transport: Asker['transport'] = 'udp'): Asker => ({
  transport,
  host: '127.0.0.1',
  port,
});
const question = (id = 7) => {
  const read = readQuestion(query('example.com', 'A', { id }));
  if (!read.ok) throw new Error('it is a question');
  return read.value;
};

let clock: FakeClock;
let resolvers: SocketAddress[];
let forwarder: Forwarder;
const started: FakeResolver[] = [];

beforeEach(() => {
  clock = new FakeClock();
  resolvers = [];
  forwarder = new Forwarder({
    datagrams: bunDatagrams,
    channels: tcpChannels,
    clock,
    random: realRandom,
    limitedLog: new LimitedLog(recordingLog(), clock),
    resolvers: () => resolvers,
  });
});
afterEach(async () => {
  await eventually('every place to be free again', () => forwarder.underWay === 0);
  for (const resolver of started.splice(0)) resolver.stop();
});

async function resolver(answers?: (question: Buffer) => readonly Uint8Array[]) {
  const fake = await FakeResolver.start(answers);
  started.push(fake);
  resolvers.push(fake.at);
  return fake;
}

const idOf = (message: Uint8Array | undefined) =>
  message === undefined ? undefined : decode(Buffer.from(message)).id;

test('a question is asked under another id from another port each time, and answered under its own', async () => {
  const fake = await resolver();
  for (const transport of ['udp', 'tcp'] as const) {
    for (let n = 0; n < 8; n += 1) {
      expect(idOf(await forwarder.ask(question(7), asker(1, transport)))).toBe(7);
    }
  }
  expect(new Set(fake.asked.map(({ bytes }) => idOf(bytes))).size).toBeGreaterThan(12);
  expect(new Set(fake.asked.map(({ from }) => from.port)).size).toBeGreaterThan(12);
});

test('a forged answer is dropped, by id, by question, and by who sent it', async () => {
  const forged = { type: 'A', name: 'example.com', ttl: 60, data: '203.0.113.66' } as const;
  const answers = [forged];
  const genuine = await resolver((asked) => [
    FakeResolver.answer(asked, { answers, id: ((idOf(asked) ?? 0) + 1) & 0xffff }),
    FakeResolver.answer(asked, { answers, questions: [{ name: 'example.org', type: 'A' }] }),
    FakeResolver.answer(asked, { answers, questions: [{ name: 'example.com', type: 'AAAA' }] }),
    FakeResolver.answer(asked, { answers, questions: [] }),
    asked, // no answer, but the question again
    new Uint8Array(3),
  ]);
  const answer = forwarder.ask(question(), asker(1));
  await eventually('the question', () => genuine.asked.length === 1);
  const [sent] = genuine.asked;
  if (sent === undefined) throw new Error('it was asked');
  const other = await FakeResolver.start();
  started.push(other);
  other.push(FakeResolver.answer(sent.bytes, { answers }), sent.from);
  genuine.push(FakeResolver.answer(sent.bytes), sent.from);
  const got = await answer;
  expect(decode(Buffer.from(got ?? [])).answers).toMatchObject([{ data: '192.0.2.1' }]);
});

test('a resolver in whose name somebody guesses is given up', async () => {
  const guesses = (asked: Buffer) =>
    FakeResolver.answer(asked, { id: ((idOf(asked) ?? 0) + 1) & 0xffff });
  const attacked = await resolver((asked) =>
    Array.from({ length: WRONG_ANSWERS }, () => guesses(asked)),
  );
  const other = await resolver();
  expect(idOf(await forwarder.ask(question(), asker(1)))).toBe(7);
  expect([attacked.asked.length, other.asked.length]).toEqual([1, 1]);
});

test('a resolver that fails, refuses or is not there is followed by the next', async () => {
  const gone = await FakeResolver.start();
  gone.stop();
  resolvers.push(gone.at);
  await resolver((asked) => [FakeResolver.answer(asked, { flags: 2, answers: [] })]);
  await resolver();
  for (const transport of ['udp', 'tcp'] as const) {
    const got = await forwarder.ask(question(), asker(1, transport));
    expect(decode(Buffer.from(got ?? [])).answers).toHaveLength(1);
  }
});

test('when all fail, their answer is given on; when there is none, there is no answer', async () => {
  expect(await forwarder.ask(question(), asker(1))).toBeUndefined();
  await resolver((asked) => [FakeResolver.answer(asked, { flags: 5, answers: [] })]);
  const refused = await forwarder.ask(question(), asker(1));
  expect((refused?.[3] ?? 0) & 0x0f).toBe(5);
});

test('a silent resolver has its time, and no more are tried than may be', async () => {
  const silent = await resolver(() => []);
  const answer = forwarder.ask(question(), asker(1));
  for (let turn = 1; turn <= RESOLVERS_TRIED; turn += 1) {
    await eventually('the question', () => silent.asked.length === turn);
    clock.advance(RESOLVER_TIMEOUT_MS);
  }
  expect(await answer).toBeUndefined();
  expect(silent.asked.length).toBe(RESOLVERS_TRIED);
});

/** Lets all questions run out of time. */
async function letPass(silent: FakeResolver, answers: readonly Promise<unknown>[]) {
  for (let turn = 1; turn <= RESOLVERS_TRIED; turn += 1) {
    await eventually('the questions', () => silent.asked.length >= turn * answers.length);
    clock.advance(RESOLVER_TIMEOUT_MS);
  }
  await Promise.all(answers);
}

test('one asker takes no more than its share of the places', async () => {
  const silent = await resolver(() => []);
  const one = asker(1);
  const waiting = Array.from({ length: FORWARDED_PER_ASKER }, () => forwarder.ask(question(), one));
  expect(await forwarder.ask(question(), one)).toBeUndefined();
  expect(forwarder.underWay).toBe(FORWARDED_PER_ASKER);
  const other = forwarder.ask(question(), asker(2));
  expect(forwarder.underWay).toBe(FORWARDED_PER_ASKER + 1);
  await letPass(silent, [...waiting, other]);
});

test('all askers together take no more places than there are', async () => {
  const silent = await resolver(() => []);
  const waiting = Array.from({ length: FORWARDED_QUESTIONS }, (_, n) =>
    forwarder.ask(question(), asker(n)),
  );
  expect(await forwarder.ask(question(), asker(FORWARDED_QUESTIONS))).toBeUndefined();
  expect(forwarder.underWay).toBe(FORWARDED_QUESTIONS);
  await letPass(silent, waiting);
});

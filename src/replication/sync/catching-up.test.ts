import { expect, test } from 'bun:test';
import type { Gossip } from '../../ports/index.ts';
import { FakeClock, seededRandom } from '../../ports/testing/index.ts';
import type { RecordStore } from '../record-store.ts';
import { answerSync } from './answers.ts';
import { HastyWriters } from './hasty-writers.ts';
import { decodeRequest, type SyncRequest } from './messages.ts';
import { Pull, type PullParts } from './pull.ts';
import { RefusedLately } from './refused-lately.ts';
import { credulousStore, saying } from './testing/fleet.ts';
import { settle } from './testing/mesh.ts';

const clock = new FakeClock();

/** What the pulls of one store share. */
const sharedParts = (records: RecordStore): Omit<PullParts, 'gossip'> => ({
  records,
  clock,
  random: seededRandom(1),
  refused: new RefusedLately(clock),
  hasty: new HastyWriters(clock),
  awaited: new Set<string>(),
  isStopped: () => false,
});

/** Pulls all that `ours` lacks of `theirs`, and says what that took. */
async function cost(
  ours: RecordStore,
  theirs: RecordStore,
  shared = sharedParts(ours),
  delay: (ask: SyncRequest['ask']) => Promise<void> | undefined = () => undefined,
) {
  const spent = { questions: 0, bytes: 0 };
  const gossip: Pick<Gossip, 'request'> = {
    request: async (_peer, _protocol, question) => {
      const request = decodeRequest(question);
      if (!request.ok) throw new Error(request.error);
      await delay(request.value.ask);
      const answer = answerSync(theirs, request.value);
      spent.questions++;
      spent.bytes += question.length + answer.length;
      return answer;
    },
  };
  const pull = new Pull('them', { ...shared, gossip: gossip as Gossip }); // a pull only asks
  const { stored } = await pull.compare(() => false, { isNews: false });
  return { ...spent, stored };
}

/** A mesh of 1,000 nodes with ten records each. */
const RECORDS = 10_000;
const say = (i: number, n: number) => saying(`node-${i % 1_000}`, `workload-${i}`, n, clock.now());

/** Missing records, and the most questions and bytes that finding and bringing them may take. */
const BARS = [
  { missing: RECORDS, questions: 70, bytes: 6_500_000 }, // an empty store: 5.5 MB are records
  { missing: 0, questions: 1, bytes: 50 },
  { missing: 1, questions: 5, bytes: 2_000 },
  { missing: 10, questions: 5, bytes: 15_000 },
  { missing: 1_000, questions: 30, bytes: 1_100_000 },
];

test('what it takes to catch up with 10,000 records is in proportion to what is missing', async () => {
  const [ours, theirs] = [credulousStore('us', clock), credulousStore('them', clock)];
  const all = Array.from({ length: RECORDS }, (_, i) => say(i, 0));
  theirs.acceptAll(all, 'test');
  for (const [round, bar] of BARS.entries()) {
    const isEmpty = bar.missing === RECORDS;
    // Spread over the writers.
    const changed = Array.from({ length: isEmpty ? 0 : bar.missing }, (_, i) =>
      say((i * 7_919) % RECORDS, round),
    );
    theirs.acceptAll(changed, 'test');
    const { stored, questions, bytes } = await cost(ours, theirs);
    expect(stored).toBe(bar.missing);
    expect(ours.digest()).toBe(theirs.digest());
    expect(questions).toBeLessThanOrEqual(bar.questions);
    expect(bytes).toBeLessThanOrEqual(bar.bytes);
  }
}, 60_000);

test('a writer with 4,096 records that changed one costs little', async () => {
  const [ours, theirs] = [credulousStore('us', clock), credulousStore('them', clock)];
  const all = Array.from({ length: 4_096 }, (_, i) =>
    saying('big', `workload-${i}`, 0, clock.now()),
  );
  for (const store of [ours, theirs]) store.acceptAll(all, 'test');
  theirs.accept(saying('big', 'workload-7', 1, clock.now()), 'test');
  const { questions, bytes, stored } = await cost(ours, theirs);
  expect(stored).toBe(1);
  expect(questions).toBeLessThanOrEqual(5);
  expect(bytes).toBeLessThanOrEqual(2_500);
});

test('two peers that have the same to give share it', async () => {
  const [ours, theirs] = [credulousStore('us', clock), credulousStore('them', clock)];
  const few = Array.from({ length: 1_000 }, (_, i) => say(i, 0));
  theirs.acceptAll(few, 'test');
  const pulls = sharedParts(ours);
  const [one, other] = await Promise.all([cost(ours, theirs, pulls), cost(ours, theirs, pulls)]);
  expect(one.stored + other.stored).toBe(1_000);
  expect(Math.min(one.stored, other.stored)).toBeGreaterThan(300);
});

test('what one peer was asked for, another is not while it is on its way', async () => {
  const [ours, theirs] = [credulousStore('us', clock), credulousStore('them', clock)];
  const few = Array.from({ length: 200 }, (_, i) => say(i, 0));
  theirs.acceptAll(few, 'test');
  const pulls = sharedParts(ours);
  const slow = Promise.withResolvers<void>();
  const first = cost(ours, theirs, pulls, (ask) => (ask === 'records' ? slow.promise : undefined));
  await settle();
  const second = await cost(ours, theirs, pulls, (ask) => {
    if (ask === 'records') slow.resolve();
    return ask === 'records' ? settle() : undefined;
  });
  expect(second.bytes).toBeLessThan(200 * 150);
  expect(await first).toMatchObject({ stored: 200 - second.stored });
  expect(second.stored).toBeLessThan(20);
});

import { beforeEach, expect, test } from 'bun:test';
import { TestIssuer } from '../identity/testing/index.ts';
import { FakeClock, recordingLog, recordingMeter, seededRandom } from '../ports/testing/index.ts';
import { IssuerKeys, MAX_AGE_MS, MIN_INTERVAL_MS, REFRESH_MS } from './issuer-keys.ts';

const URI = 'https://login.example/keys';
const [{ jwk: first }, { jwk: second }] = [new TestIssuer(), new TestIssuer()];
const textOf = (...keys: readonly object[]) => JSON.stringify({ keys });

let clock: FakeClock;
let meter: ReturnType<typeof recordingMeter>;
let keys: IssuerKeys;
let answer: () => Promise<string>;
let asked: string[];
let changes: number;

beforeEach(() => {
  [clock, meter, asked, changes] = [new FakeClock(), recordingMeter(), [], 0];
  answer = async () => textOf(first);
  keys = new IssuerKeys({
    clock,
    meter,
    random: seededRandom(5),
    log: recordingLog(),
    ask: (uri) => {
      asked.push(uri);
      return answer();
    },
    changed: () => {
      changes += 1;
    },
  });
});

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Lets time pass in steps in which each answer is taken up. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    clock.advance(Math.min(left, 1_000));
    await settle();
  }
}
const fail = async () => {
  throw new Error('unreachable');
};
const counted = (result: string) => meter.value('selvage_issuer_keys_fetched_total', { result });

test('keys are fetched when an address counts, and none are there before', async () => {
  keys.follow([URI]);
  expect(keys.keysAt(URI)).toEqual([]);
  await settle();
  expect(keys.keysAt(URI)).toEqual([first]);
  expect([changes, counted('fetched')]).toEqual([1, 1]);
});

test('keys are fetched anew every five minutes, and a change is told once', async () => {
  keys.follow([URI]);
  await settle();
  await pass(REFRESH_MS * 1.2);
  expect([asked.length, changes]).toEqual([2, 1]);
  answer = async () => textOf(second);
  await pass(REFRESH_MS * 1.2);
  expect([keys.keysAt(URI), changes]).toEqual([[second], 2]);
});

// CVE-2026-31837
test('JWKS fallback: keys that cannot be fetched last an hour, then there are none, and no others', async () => {
  keys.follow([URI, 'https://other.example/keys']);
  await settle();
  answer = fail;
  await pass(MAX_AGE_MS - 2_000);
  expect(keys.keysAt(URI)).toEqual([first]);
  await pass(4_000);
  expect(keys.keysAt(URI)).toEqual([]);
  expect(keys.keysAt('https://unheard.example/keys')).toEqual([]);
  answer = async () => textOf(second);
  await pass(REFRESH_MS * 1.2);
  expect(keys.keysAt(URI)).toEqual([second]);
});

test('what is no key set counts as a failure, and an empty one takes the keys away at once', async () => {
  keys.follow([URI]);
  await settle();
  answer = async () => '<html>';
  await pass(REFRESH_MS * 1.2);
  expect([keys.keysAt(URI), counted('failed') > 0]).toEqual([[first], true]);
  answer = async () => textOf();
  await pass(REFRESH_MS * 1.2);
  expect(keys.keysAt(URI)).toEqual([]);
});

test('an issuer that does not answer is asked less and less often', async () => {
  answer = fail;
  keys.follow([URI]);
  await pass(10_000);
  const soon = asked.length;
  await pass(REFRESH_MS * 2);
  expect([soon, asked.length < 14]).toEqual([3, true]);
});

test('a token of an unknown key causes one fetch, however many there are', async () => {
  keys.follow([URI]);
  await settle();
  for (let n = 0; n < 100; n += 1) keys.lookAgain();
  expect(asked).toHaveLength(1);
  clock.advance(MIN_INTERVAL_MS);
  for (let n = 0; n < 100; n += 1) keys.lookAgain();
  expect(asked).toHaveLength(2);
});

test('issuers that never answer are not asked again meanwhile, and keep the others waiting once', async () => {
  const end = Promise.withResolvers<string>();
  answer = () => end.promise;
  const slow = Array.from({ length: 20 }, (_, at) => `https://slow-${at}.example/keys`);
  keys.follow([...slow, URI]);
  for (let n = 0; n < 10; n += 1) {
    await pass(MIN_INTERVAL_MS);
    keys.lookAgain();
  }
  end.reject(new Error('too late'));
  answer = async () => textOf(first);
  await pass(1_000);
  expect(asked).toHaveLength(slow.length + 1);
  expect(keys.keysAt(URI)).toEqual([first]);
});

test('an address that counts no more is forgotten, also while it is asked', async () => {
  keys.follow([URI]);
  keys.follow([]);
  await settle();
  expect([keys.keysAt(URI), changes]).toEqual([[], 0]);
  await pass(REFRESH_MS * 2);
  expect(asked).toHaveLength(1);
});

import { expect, test } from 'bun:test';
import { FakeClock } from '../../ports/testing/index.ts';
import { heldState } from './held-state.ts';
import { decodeRequest, decodeState } from './messages.ts';
import { credulousStore, saying } from './testing/fleet.ts';

const clock = new FakeClock();
const say = (key: string): Uint8Array => saying('w', key, 0, clock.now());

test('what is held is one object while nothing changes, and another when something does', () => {
  const store = credulousStore('us', clock);
  store.accept(say('a'), 'test');
  const before = heldState(store);
  expect(heldState(store)).toBe(before);
  store.accept(say('b'), 'test');
  const after = heldState(store);
  expect(after.digest).not.toBe(before.digest);
  expect(after.question).not.toEqual(before.question);
});

test('the two messages of a state say just what it holds', () => {
  const store = credulousStore('us', clock);
  store.accept(say('a'), 'test');
  const { digest, evidence, question, agreement } = heldState(store);
  expect(decodeRequest(question)).toEqual({ ok: true, value: { ask: 'state', digest, evidence } });
  expect(decodeState(agreement)).toEqual({
    ok: true,
    value: { digest, evidence, root: undefined },
  });
});

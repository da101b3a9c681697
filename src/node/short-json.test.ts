import { expect, test } from 'bun:test';
import { threadProcessorMs } from '../platform/index.ts';
import { shortJson } from './short-json.ts';

test('what is short is shown whole', () => {
  const value = { list: [1, null, true, []], text: 'x', bytes: new Uint8Array([1, 255]), big: 2n };
  expect(shortJson(value, 100)).toBe(
    '{"list":[1,null,true,[]],"text":"x","bytes":"0x01ff","big":"2"}',
  );
});

test('no more of a value is looked at than is shown, however many items it has and however deep', () => {
  let looked = 0;
  function* items() {
    for (; ; looked++) yield [];
  }
  const endless = Object.assign([], { [Symbol.iterator]: items });
  expect(shortJson(endless, 100)).toHaveLength(101);
  expect(looked).toBeLessThanOrEqual(100);
  let deep: unknown = [];
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  expect(shortJson(deep, 100)).toBe(`${'['.repeat(100)}…`);
});

test('a long text, long bytes and a long name are cut before they are rendered', () => {
  const long = 10_000_000;
  const text = '\u0000'.repeat(long);
  for (const value of [text, new Uint8Array(long), { [text]: 1 }]) {
    const begun = threadProcessorMs();
    for (let n = 0; n < 50; n++) expect(shortJson(value, 100)).toHaveLength(101);
    expect(threadProcessorMs() - begun).toBeLessThan(500); // whole, some seconds
  }
});

import { expect, test } from 'bun:test';
import { encode } from '@ipld/dag-cbor';
import { readShownCredentials, showCredentials } from './shown-credentials.ts';

const [a, b, c] = [1, 2, 3].map((byte) => new Uint8Array([byte, byte]));
const some = [a, b, c].flatMap((one) => one ?? []);

test('one credential is shown as it is, two are shown together, the one in use first', () => {
  expect(showCredentials(some.slice(0, 1))).toEqual(new Uint8Array([1, 1]));
  expect(readShownCredentials(showCredentials(some.slice(0, 1)))).toEqual(some.slice(0, 1));
  expect(readShownCredentials(showCredentials(some.slice(0, 2)))).toEqual(some.slice(0, 2));
});

test('whoever shows a list of another length shows one thing, which is no credential', () => {
  for (const odd of [encode(some), encode([]), encode([1, 2]), new Uint8Array(9)]) {
    expect(readShownCredentials(odd)).toEqual([odd]);
  }
});

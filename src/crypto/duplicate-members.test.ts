import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { hasDuplicateMembers } from './duplicate-members.ts';

test.each([
  '{"sub":"a","sub":"b"}',
  '{"sub":"a","s\\u0075b":"b"}',
  '{"act":{"sub":"a","sub":"b"}}',
  '{"list":[{"a":1},{"a":1,"b":2,"a":3}]}',
  '{"":1,"":2}',
])('two members of one name are found in %s', (json) => {
  expect(hasDuplicateMembers(json)).toBe(true);
});

test.each([
  '{}',
  '[]',
  '"a:b"',
  '{"a":{"a":{"a":[{"a":1},{"a":1}]}}}',
  '{"a":"b\\",\\"a\\":","b":"a"}',
  '{"aud":["sub","sub"],"sub":"sub"}',
])('names that stand once in their object are not, as in %s', (json) => {
  expect(hasDuplicateMembers(json)).toBe(false);
});

test('no value that was written by JSON.stringify has two members of one name', () => {
  const property = fc.property(fc.jsonValue(), (value) => {
    expect(hasDuplicateMembers(JSON.stringify(value))).toBe(false);
    expect(hasDuplicateMembers(JSON.stringify(value, null, 2))).toBe(false);
  });
  fc.assert(property, { seed: 7, numRuns: 300 });
});

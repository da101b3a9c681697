import { expect, test } from 'bun:test';
import { fieldLines } from './fields.ts';

const DIGEST = '0123456789abcdef'.repeat(4);
const fields = [
  ['trust', `version 3, root 1, digest ${DIGEST}`],
  ['CA certificate', DIGEST],
  ['names', 'none'],
] as const;

test('a digest stays in one piece where the terminal is too narrow for its line', () => {
  expect(fieldLines(fields, 80)).toEqual([
    'trust           version 3, root 1, digest',
    `    ${DIGEST}`,
    `CA certificate  ${DIGEST}`,
    'names           none',
  ]);
  expect(fieldLines(fields, 72).slice(2)).toEqual([
    'CA certificate',
    `    ${DIGEST}`,
    'names           none',
  ]);
});

test('without a terminal each field has one line', () => {
  expect(fieldLines(fields)).toHaveLength(fields.length);
});

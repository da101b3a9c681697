import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import type { TrustConflict } from '../governance/index.ts';
import { conflictWarnings } from './conflict-warnings.ts';

const HOUR_MS = 3_600_000;
const now = Date.UTC(2030, 0, 2);
const conflict: TrustConflict = {
  kind: 'took-back',
  detail: 'two snapshots 7 bear its signature',
  remedy: 'Remove it.',
  authority: 'n3' as NodeName, // a label
  keyId: 'abc',
  firstAtMs: now - HOUR_MS,
  lastAtMs: now - 60_000,
  times: 3,
};

test('what an authority did is said with who it was, how often, and what to do', () => {
  expect(conflictWarnings([conflict], now)).toEqual([
    'conflict in the trust repository (by n3, 3 times, 1m ago): two snapshots 7 bear its signature. Remove it.',
  ]);
  const { authority: _, ...unnamed } = conflict;
  expect(conflictWarnings([{ ...unnamed, times: 1 }], now)[0]).toContain(
    '(by the online key abc, once, 1m ago)',
  );
});

test('what needs nobody, and what is a day old, is not said', () => {
  const old = { ...conflict, lastAtMs: now - 24 * HOUR_MS };
  expect(conflictWarnings([{ ...conflict, kind: 'parted' }, old], now)).toEqual([]);
});

import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { NodeName } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import type { ProposalId } from './body.ts';
import type { SaidClaim } from './claim.ts';
import {
  MAX_BODY_BYTES,
  MAX_BODY_BYTES_PER_WRITER,
  MAX_PROPOSAL_BYTES,
  MAX_PROPOSALS,
  MAX_PROPOSALS_PER_WRITER,
  OVER_KEPT_MS,
  PROPOSAL_CLOCK_TOLERANCE_MS,
  PROPOSAL_LIFE_MS,
} from './limits.ts';
import { selected } from './selection.ts';

const NOW = 1_000_000_000;

function said(writer: string, n: number, over: Partial<SaidClaim['claim']> = {}): SaidClaim {
  const id = sha256Hex(Buffer.from(`${writer} ${n}`)) as ProposalId; // what an id is
  const claim = { id, bytes: 10_000, roles: ['targets' as const], reason: '', createdAtMs: NOW };
  return {
    record: `${writer}/proposal/${id}`,
    writer: writer as NodeName, // tests choose labels
    claim: { ...claim, ...over },
  };
}

const many = (writer: string, count: number, over: Partial<SaidClaim['claim']> = {}) =>
  Array.from({ length: count }, (_, n) => said(writer, n, over));
const writersOf = (kept: ReadonlyMap<string, SaidClaim>, writer: string) =>
  [...kept.values()].filter((one) => one.writer === writer);

test('a writer that floods gets its few places, and nobody else loses one', () => {
  const honest = ['n1', 'n2', 'n3'].flatMap((name) => many(name, MAX_PROPOSALS_PER_WRITER));
  const kept = selected([...many('n9', 1_000), ...honest], NOW);
  expect(writersOf(kept, 'n9')).toHaveLength(MAX_PROPOSALS_PER_WRITER);
  for (const { claim } of honest) expect(kept.has(claim.id)).toBe(true);
});

test('where there are too many in all, those that say most give way', () => {
  const liars = Array.from({ length: 40 }, (_, n) => many(`liar-${n}`, 50, { bytes: 1 })).flat();
  const honest = ['n1', 'n2'].map((name) => said(name, 0));
  const kept = selected([...liars, ...honest], NOW);
  expect(kept.size).toBe(MAX_PROPOSALS);
  for (const { claim } of honest) expect(kept.has(claim.id)).toBe(true);
});

test('bodies of all together are bounded, and large ones push out no small ones', () => {
  const large = Array.from({ length: 10 }, (_, n) =>
    many(`liar-${n}`, 4, { bytes: MAX_PROPOSAL_BYTES / 2 }),
  ).flat();
  const honest = many('n1', MAX_PROPOSALS_PER_WRITER);
  const kept = selected([...large, ...honest], NOW);
  const total = [...kept.values()].reduce((sum, { claim }) => sum + claim.bytes, 0);
  expect(total).toBeLessThanOrEqual(MAX_BODY_BYTES);
  for (const { claim } of honest) expect(kept.has(claim.id)).toBe(true);
  const ofOne = writersOf(selected(large.slice(0, 4), NOW), 'liar-0');
  expect(ofOne.length * (MAX_PROPOSAL_BYTES / 2)).toBeLessThanOrEqual(MAX_BODY_BYTES_PER_WRITER);
});

test('what is dated too late waits, and what has expired is forgotten in the end', () => {
  const at = (createdAtMs: number) => selected([said('n1', 0, { createdAtMs })], NOW).size;
  expect(at(NOW + PROPOSAL_CLOCK_TOLERANCE_MS)).toBe(1);
  expect(at(NOW + PROPOSAL_CLOCK_TOLERANCE_MS + 1)).toBe(0);
  expect(at(NOW - PROPOSAL_LIFE_MS - OVER_KEPT_MS + 1)).toBe(1);
  expect(at(NOW - PROPOSAL_LIFE_MS - OVER_KEPT_MS)).toBe(0);
});

test('the same is looked at in whatever order it was said', () => {
  const claim = fc
    .record({ writer: fc.nat(20), n: fc.nat(8), bytes: fc.constantFrom(1, 500, 4_000_000) })
    .map(({ writer, n, bytes }) => said(`n${writer}`, n, { bytes }));
  const set = fc.uniqueArray(claim, { selector: ({ record }) => record, maxLength: 120 });
  fc.assert(
    fc.property(
      set.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      ),
      ([all, shuffled]) => {
        expect(selected(shuffled, NOW)).toEqual(selected(all, NOW));
      },
    ),
    { seed: 44, numRuns: 60 },
  );
});

import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { sha256Hex } from '../../crypto/index.ts';
import { scratchDirs } from '../../platform/index.ts';
import type { Repository, TrustFiles, TrustOffer } from '../repository/index.ts';
import {
  GovernedMesh,
  makeAuthority,
  offer,
  opened,
  orders,
  payments,
  policy,
  signers,
  type TestChange,
} from '../testing/index.ts';
import { verifyTrust } from '../verification/index.ts';
import { hasForgotten, isMerged, type Merged, mergeRepositories } from './merge.ts';
import { signMerged } from './sign-merged.ts';

const mesh = new GovernedMesh();
const { now, authorities, governors } = mesh;
const [n1, n2, n3] = authorities;

/** What people do apart from each other, each with as many signatures as it takes. */
const DEEDS = ['mesh', 'payments', 'orders'] as const;
type Deed = { readonly what: (typeof DEEDS)[number]; readonly by: number };

function change(what: Deed['what'], salt: string): TestChange {
  const text = `permit(principal, action, resource); // ${salt}`;
  if (what === 'mesh') return { put: [policy('one', text)], by: governors.slice(1, 4) };
  if (what === 'payments') return { put: [policy('one', text, payments)], by: mesh.payments };
  return { put: [policy('one', text, orders)], by: mesh.orders.slice(1) };
}

function after(deeds: readonly Deed[], salt: string, held = mesh.founded): TrustFiles {
  return deeds.reduce(
    (files, { what, by }, index) =>
      mesh.publish(files, change(what, `${salt}${index}`), authorities[by]?.online),
    held,
  );
}

const deeds = fc.array(fc.record({ what: fc.constantFrom(...DEEDS), by: fc.nat({ max: 2 }) }), {
  maxLength: 3,
});
/** What three authorities publish that do not hear of each other. */
const parted = fc.tuple(deeds, deeds, deeds);
const RUNS = { seed: 43, numRuns: 12 } as const;

const opening = (all: readonly (readonly Deed[])[]): Repository[] =>
  all.map((done, index) => opened(after(done, `${index}`)));

const signed = (merged: Merged): Repository => opened(signMerged(merged, n1.online, now));

/** What a merge comes to, numbers of its publication aside. */
const essence = ({ roots, targets, delegated }: Merged) =>
  [...roots, targets, ...[...delegated].sort().map(([, bytes]) => bytes)].map(sha256Hex);

test('merging commutes, and merging again changes nothing', () => {
  const property = fc.property(fc.tuple(deeds, deeds), (apart) => {
    const [a, b] = opening(apart);
    if (a === undefined || b === undefined) throw new Error('two repositories');
    const [one, other] = [mergeRepositories(a, b), mergeRepositories(b, a)];
    expect(essence(one)).toEqual(essence(other));
    expect(one.versions).toEqual(other.versions);
    expect(isMerged(a, mergeRepositories(a, a))).toBe(true);
    const settled = signed(one);
    for (const part of [a, b])
      expect(isMerged(settled, mergeRepositories(settled, part))).toBe(true);
  });
  fc.assert(property, RUNS);
});

test('whichever two are merged and published first, all three come to the same', () => {
  const property = fc.property(parted, (apart) => {
    const [a, b, c] = opening(apart);
    if (a === undefined || b === undefined || c === undefined)
      throw new Error('three repositories');
    const left = mergeRepositories(signed(mergeRepositories(a, b)), c);
    const right = mergeRepositories(a, signed(mergeRepositories(b, c)));
    expect(essence(left)).toEqual(essence(right));
    expect(essence(left)).toEqual(essence(mergeRepositories(c, a, b)));
  });
  fc.assert(property, RUNS);
});

test('every node takes what was merged, from wherever it was: no version falls, all is signed', async () => {
  const property = fc.asyncProperty(parted, async (apart) => {
    const held = opening(apart);
    const [first, ...others] = held;
    if (first === undefined) throw new Error('a repository');
    const merged = signMerged(mergeRepositories(first, ...others), n3.online, now);
    for (const repository of held)
      expect(await isTaken(offer(merged, { roots: [] }), repository)).toBe(true);
  });
  await fc.assert(property, RUNS);
});

async function isTaken(offered: TrustOffer, held: Repository): Promise<boolean> {
  const verified = await verifyTrust({ held, offered, scratch: scratchDirs(), now });
  if (!verified.ok) throw new Error(`${verified.error.reason}: ${verified.error.detail}`);
  return true;
}

test('a list that lost its signers does not get in, and that its team must sign again is said', () => {
  const [first] = mesh.orders;
  if (first === undefined) throw new Error('a team');
  const rekeyed = mesh.publish(mesh.founded, {
    delegations: [{ namespace: payments, to: signers(1, first) }],
    by: [...governors, first],
  });
  const ahead = after(
    [
      { what: 'payments', by: 1 },
      { what: 'payments', by: 1 },
    ],
    'old keys',
  );
  const merged = mergeRepositories(opened(ahead), opened(rekeyed));
  expect(merged.delegated.get('ns.payments')).toEqual(rekeyed.delegated.get('ns.payments'));
  expect(merged.lower).toEqual(['ns.payments']);
  const again = mesh.publish(rekeyed, { put: [policy('one', '// new', payments)], by: [first] });
  expect(mergeRepositories(opened(ahead), opened(again)).lower).toEqual([]);
});

test('the newest root decides whose numbers count: those before a key was taken out do not', () => {
  const busy = after(
    [0, 1, 2, 0, 1].map(() => ({ what: 'orders', by: 2 }) as const),
    'n3',
  );
  const without = mesh.publish(mesh.founded, { remove: ['authorities/n3.json'], by: governors });
  const added = mesh.publish(mesh.founded, {
    put: [{ kind: 'Authority', authority: makeAuthority('n4').target }],
    by: governors,
  });
  const numbers = ({ snapshot, timestamp }: Repository) => ({
    snapshot: snapshot.signed.version,
    timestamp: timestamp.signed.version,
  });
  const removed = mergeRepositories(opened(busy), opened(without));
  expect(removed.versions).toEqual(numbers(opened(without)));
  expect(removed.delegated.get('ns.orders')).toEqual(busy.delegated.get('ns.orders'));
  expect(mergeRepositories(opened(busy), opened(added)).versions).toEqual(numbers(opened(busy)));
});

test('a key that was taken out and came back has forgotten its numbers all the same', () => {
  const without = mesh.publish(mesh.founded, { remove: ['authorities/n2.json'], by: governors });
  const back = mesh.publish(without, {
    put: [{ kind: 'Authority', authority: n2.target }],
    by: governors,
  });
  expect(hasForgotten(opened(mesh.founded).root, back.roots)).toBe(true);
  expect(hasForgotten(opened(without).root, back.roots)).toBe(false);
});

import { expect, test } from 'bun:test';
import type { Namespace } from '../../core/index.ts';
import { MAX_LIST_TARGETS, MAX_TARGETS } from '../limits.ts';
import { encodeTarget } from '../resources/index.ts';
import {
  enacted,
  makeAuthority,
  opened,
  person,
  policy,
  signers,
  TestMesh,
} from '../testing/index.ts';
import { checkContents, type Lists, openRepository } from './repository.ts';
import { readTargetList } from './target-list.ts';
import { makeTargets } from './targets.ts';
import { byHash, type TrustFiles } from './trust-files.ts';

const mesh = new TestMesh();
const n2 = makeAuthority('n2');
const second = mesh.publish(mesh.founded, [{ kind: 'Authority', authority: n2.target }]);
const third = mesh.publish(second, [policy('a')], ['authorities/n2.json']);

function reasonOf(change: Partial<TrustFiles>): string {
  const result = openRepository({ ...third, ...change });
  return result.ok ? 'opened' : result.error.reason;
}

test('files that belong together open, and what nothing lists is let go', () => {
  expect(reasonOf({})).toBe('opened');
  const stray = new Map([...third.contents, ...second.contents]);
  expect(stray.size).toBeGreaterThan(third.contents.size);
  expect(opened({ ...third, contents: stray }).files.contents).toEqual(third.contents);
});

test('roots without a link, out of order or missing do not open', () => {
  const [one, two, three] = third.roots;
  if (one === undefined || two === undefined || three === undefined) throw new Error('no roots');
  expect(reasonOf({ roots: [one, three] })).toBe('rollback');
  expect(reasonOf({ roots: [two, one, three] })).toBe('rollback');
  expect(reasonOf({ roots: [] })).toBe('malformed');
  expect(reasonOf({ roots: [three] })).toBe('opened');
  expect(reasonOf({ roots: new TestMesh().founded.roots })).toBe('wrong-signature');
});

test('well signed files of different moments do not open', () => {
  const { timestamp, snapshot, targets } = mesh.publish(third, [policy('b')]);
  expect(reasonOf({ timestamp })).toBe('mix-and-match');
  expect(reasonOf({ snapshot })).toBe('mix-and-match');
  expect(reasonOf({ targets })).toBe('mix-and-match');
});

test('a team’s list that another moment’s snapshot names does not open', () => {
  const [governor, ann] = [person('governor', mesh.governor), person('ann')];
  const payments = 'payments' as Namespace;
  const { online } = mesh.n1;
  const to = { delegations: [{ namespace: payments, to: signers(1, ann) }] };
  const handed = enacted(third, to, [governor, ann], online);
  const inside = { kind: 'Policy', policy: { name: 'b', namespace: payments, text: '' } } as const;
  const put = [encodeTarget(inside, mesh.trustDomain)];
  const next = enacted(handed, { put }, [ann], online);
  const reason = (files: TrustFiles) => {
    const result = openRepository(files);
    return result.ok ? 'opened' : result.error.reason;
  };
  expect(reason(next)).toBe('opened');
  expect(reason({ ...next, delegated: handed.delegated })).toBe('mix-and-match');
  expect(reason({ ...next, delegated: new Map() })).toBe('mix-and-match');
});

test('a content under another’s name does not open', () => {
  const contents = new Map(third.contents);
  for (const [sha256, { length }] of third.contents) contents.set(sha256, new Uint8Array(length));
  expect(reasonOf({ contents })).toBe('mix-and-match');
});

test('a list is counted before it is read', () => {
  const entry = { length: 1, hashes: { sha256: 'a'.repeat(64) } };
  const listOf = (count: number) => {
    const targets = Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, entry]));
    return readTargetList(Buffer.from(JSON.stringify({ signed: { targets } })));
  };
  expect(listOf(MAX_LIST_TARGETS).ok).toBe(true);
  const long = listOf(MAX_LIST_TARGETS + 1);
  expect(long.ok ? '' : long.error).toContain(`at most ${MAX_LIST_TARGETS}`);
});

test('all lists together are bounded, however they are spread', () => {
  const { bytes } = encodeTarget(policy('a'), mesh.trustDomain);
  const now = Date.now();
  const listed = (count: number) =>
    makeTargets({
      version: 1,
      targets: Array.from({ length: count }, (_, index) => ({ path: `p${index}`, bytes })),
      now,
    });
  const half = listed(MAX_TARGETS / 2);
  const lists = (last: ReturnType<typeof listed>): Lists =>
    new Map([
      ['targets', half],
      ['ns.a', last],
    ]);
  const contents = byHash([bytes]);
  expect(checkContents(lists(half), contents)).toBeUndefined();
  expect(checkContents(lists(listed(MAX_TARGETS / 2 + 1)), contents)?.reason).toBe('too-large');
});

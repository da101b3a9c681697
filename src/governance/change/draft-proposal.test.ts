import { expect, test } from 'bun:test';
import { codeOf, refusalOf } from '../../core/testing/index.ts';
import { MAX_LIST_TARGETS, MAX_TARGET_BYTES, MAX_TARGETS } from '../limits.ts';
import {
  decodeChange,
  decodeFiles,
  encodeChange,
  encodeFiles,
  encodeMetadata,
  listedTargets,
  makeTargets,
  parseRoot,
  parseTargets,
  sign,
  type TrustFiles,
} from '../repository/index.ts';
import { encodeTarget } from '../resources/index.ts';
import type { Target } from '../target.ts';
import {
  makeAuthority,
  opened,
  person,
  policy,
  proposed,
  signedBy,
  TestMesh,
} from '../testing/index.ts';
import { checkChange } from './check-change.ts';
import { type DraftParams, draftProposal } from './draft-proposal.ts';
import { heldTrust } from './preview-change.ts';
import { publishChange } from './publish-change.ts';

const DAY_MS = 86_400_000;
const mesh = new TestMesh();
const now = Date.now();
const target = (name: string, text?: string): Target =>
  encodeTarget(policy(name, text), mesh.trustDomain);

const governor = person('governor', mesh.governor);

const draft = (params: Partial<DraftParams>) =>
  draftProposal({ held: mesh.founded, put: [], remove: [], reason: '', now, ...params });
const signed = (held: TrustFiles, params: Partial<DraftParams>) =>
  signedBy(held, proposed(held, { now, ...params }), [governor]);

test('a change carries what is new only, and survives the wire', () => {
  const held = mesh.publish(mesh.founded, [policy('a')]);
  const change = signed(held, {
    put: [target('a'), target('b', 'forbid(principal, action, resource);')],
  });
  expect(change.contents.map((bytes) => Buffer.from(bytes).toString())).toEqual([
    'forbid(principal, action, resource);',
  ]);
  expect(change.root).toBeUndefined();
  expect(decodeChange(encodeChange(change))).toEqual({ ok: true, value: change });
  expect(decodeFiles(encodeFiles(held))).toEqual({ ok: true, value: held });
});

test('what would change nothing is not signed, until the old signature ages', () => {
  const held = mesh.publish(mesh.founded, [policy('a')]);
  expect(draft({ held, put: [target('a')] })).toBeUndefined();
  const aged = draft({ held, put: [target('a')], now: now + 200 * DAY_MS });
  expect(aged?.parts.map(({ role }) => role)).toEqual(['root', 'targets']);
});

test('a root that ages is renewed with the governors’ list, also one that was signed lately', () => {
  const after = (days: number) => now + days * DAY_MS;
  const held = mesh.publish(mesh.founded, [policy('a')], [], mesh.n1.online, after(170));
  const renewed = draft({ held, renew: 'targets', now: after(310) });
  expect(renewed?.parts.map(({ role }) => role)).toEqual(['root', 'targets']);
  expect(draft({ held, renew: 'targets', now: after(175) })).toBeUndefined();
});

test('a key that is no governor’s signs nothing', () => {
  const proposal = proposed(mesh.founded, { put: [target('a')] });
  expect(codeOf(() => signedBy(mesh.founded, proposal, [person('stranger')]))).toBe(
    'NOT_A_GOVERNOR',
  );
});

test('files that a node tampered with are built on by nobody', () => {
  const attacker = new TestMesh();
  const evil = attacker.publish(attacker.founded, [policy('evil')]);
  const smuggled: TrustFiles = { ...evil, roots: mesh.founded.roots };
  expect(codeOf(() => draft({ held: smuggled, put: [target('a')] }))).toBe('TRUST_NOT_GENUINE');
  expect(codeOf(() => signed(evil, { put: [target('a')] }))).toBe('NOT_A_GOVERNOR');
});

test('removing what is not there names what may have been meant', () => {
  const held = mesh.publish(mesh.founded, [policy('hello')]);
  expect(refusalOf(() => draft({ held, remove: ['policies/helo.cedar'] }))).toMatchObject({
    code: 'TARGET_UNKNOWN',
    remedy: 'Did you mean policies/hello.cedar?',
  });
});

test('the last authority cannot be removed', () => {
  expect(codeOf(() => draft({ remove: ['authorities/n1.json'] }))).toBe('LAST_AUTHORITY');
});

test('what nodes would refuse for its size is not signed', () => {
  const large = { path: 'policies/a.cedar', bytes: new Uint8Array(MAX_TARGET_BYTES + 1) };
  expect(codeOf(() => draft({ put: [large] }))).toBe('CHANGE_TOO_LARGE');
  for (const length of [MAX_LIST_TARGETS, MAX_TARGETS]) {
    const many = Array.from({ length }, (_, index) => target(`p${index}`));
    expect(codeOf(() => draft({ put: many }))).toBe('CHANGE_TOO_LARGE');
  }
  const heavy = Array.from({ length: 33 }, (_, index) =>
    target(`p${index}`, `${index}${'x'.repeat(MAX_TARGET_BYTES - 10)}`),
  );
  expect(codeOf(() => draft({ put: heavy }))).toBe('CHANGE_TOO_LARGE');
});

test('adding and removing an authority rotates the online keys', () => {
  const n2 = makeAuthority('n2');
  const put = [encodeTarget({ kind: 'Authority', authority: n2.target }, mesh.trustDomain)];
  const change = signed(mesh.founded, { put });
  const root = parseRoot(change.root ?? new Uint8Array());
  expect(root.ok && root.value.signed.roles.timestamp?.keyIDs).toHaveLength(2);
  const both = publishChange({ held: mesh.founded, change, online: n2.online, now });
  const alone = signed(both, { remove: ['authorities/n1.json'] });
  const { online } = mesh.n1;
  expect(codeOf(() => publishChange({ held: both, change: alone, online, now }))).toBe(
    'CHANGE_REFUSED',
  );
  expect(publishChange({ held: both, change: alone, online: n2.online, now }).roots).toHaveLength(
    3,
  );
});

test('a change is judged whole before an online key is used', () => {
  const held = opened(mesh.founded);
  const change = mesh.draft(mesh.founded, [policy('a')]);
  const other = new TestMesh();
  const stranger = other.draft(other.founded, [policy('a')]);
  const check = (patch: Partial<typeof change>) =>
    codeOf(() => checkChange(held, { ...change, ...patch }));
  expect(check({})).toBe('none');
  expect(check({ targets: stranger.targets ?? new Uint8Array() })).toBe('CHANGE_REFUSED');
  expect(check({ root: other.founded.roots[0] ?? new Uint8Array() })).toBe('CHANGE_OVERTAKEN');
  expect(check({ contents: [] })).toBe('CHANGE_REFUSED');
  const unsigned = parseTargets((change.targets ?? new Uint8Array()).slice());
  if (!unsigned.ok) throw new Error(unsigned.error);
  unsigned.value.signatures = {};
  sign(unsigned.value, mesh.n1.online);
  expect(check({ targets: encodeMetadata(unsigned.value) })).toBe('CHANGE_REFUSED');
  expect(check({ targets: new Uint8Array() })).toBe('CHANGE_REFUSED');
  expect(check({ targets: mesh.founded.targets })).toBe('CHANGE_OVERTAKEN');
});

test('a policy is known by the version that brought its text, however often others change', () => {
  const since = (files: TrustFiles) =>
    Object.fromEntries(heldTrust(files).policies.map((file) => [file.name, file.since]));
  const first = mesh.publish(mesh.founded, [policy('a'), policy('b')]);
  const second = mesh.publish(first, [policy('a', 'forbid(principal, action, resource);')]);
  const third = mesh.publish(second, [policy('c'), policy('a', '// nothing')]);
  expect([first, second, third].map(since)).toEqual([
    { a: '2', b: '2' },
    { a: '3', b: '2' },
    { a: '4', b: '2', c: '4' },
  ]);
});

test('a list that says nothing, or nonsense, of its past is read all the same', () => {
  for (const custom of [{}, { custom: { since: 99 } }, { custom: { since: '1' } }, { custom: 7 }]) {
    const before = makeTargets({ version: 2, targets: [target('a')], now });
    const file = before.signed.targets['policies/a.cedar'];
    if (file === undefined) throw new Error('the policy is not listed');
    Object.assign(file, { unrecognizedFields: custom });
    const again = makeTargets({ version: 3, targets: [target('a')], before, now });
    expect(listedTargets(again).map((listed) => listed.since)).toEqual([undefined]);
  }
});

import { expect, test } from 'bun:test';
import type { Namespace } from '../core/index.ts';
import { codeOf } from '../core/testing/index.ts';
import { openStore, scratchDirs } from '../platform/index.ts';
import type { Store } from '../ports/index.ts';
import type { Signers, TrustFiles } from './repository/index.ts';
import { enacted, offer, person, policy, signers, TestMesh } from './testing/index.ts';
import { TrustStore } from './trust-store.ts';
import { verifyTrust } from './verification/index.ts';

const mesh = new TestMesh();
const second = mesh.publish(mesh.founded, [policy('a')]);
const other = policy('b', 'forbid(principal, action, resource);');
const third = mesh.publish(second, [other], ['policies/a.cedar']);

async function adopt(store: TrustStore, files: TrustFiles): Promise<void> {
  const anchor = { pinnedRootSha256: mesh.pin, scratch: scratchDirs(), now: Date.now() };
  const trust = await verifyTrust({ ...anchor, offered: offer(files) });
  if (!trust.ok) throw new Error(trust.error.detail);
  store.adopt(trust.value);
}

test('what was adopted is in force again after a restart, byte for byte', async () => {
  const disk = openStore(':memory:');
  const before = new TrustStore(disk);
  await adopt(before, second);
  await adopt(before, third);
  const after = new TrustStore(disk);
  expect(after.load()).toEqual(before.current());
  expect(after.files()).toEqual(third);
  expect([...disk.space('trust').entries('content/')]).toHaveLength(third.contents.size);
});

test('the lists of teams are kept and checked with the rest', async () => {
  const [governor, ann] = [person('governor', mesh.governor), person('ann')];
  const payments = 'payments' as Namespace;
  const of = (to: Signers | undefined) => ({ delegations: [{ namespace: payments, to }] });
  const handed = enacted(third, of(signers(1, ann)), [governor, ann], mesh.n1.online);
  const disk = openStore(':memory:');
  await adopt(new TrustStore(disk), handed);
  const after = new TrustStore(disk);
  expect(after.load().lists.map(({ role }) => role)).toEqual(['targets', 'ns.payments']);
  expect(after.files()).toEqual(handed);
  for (const damage of [damaged, removed]) {
    const broken = openStore(':memory:');
    await adopt(new TrustStore(broken), handed);
    damage(broken, 'list/ns.payments');
    expect(codeOf(() => new TrustStore(broken).load())).toBe('TRUST_CORRUPT');
  }
  const back = enacted(handed, of(undefined), [governor], mesh.n1.online);
  await adopt(after, back);
  expect([...disk.space('trust').entries('list/')]).toHaveLength(0);
  expect(new TrustStore(disk).load().version).toBe(5);
});

test('what is in force stays so past its date, when no authority could renew it', async () => {
  const old = new TestMesh(Date.now() - 400 * 86_400_000);
  const disk = openStore(':memory:');
  const space = disk.space('trust');
  const { roots, contents, delegated: _, ...files } = old.founded;
  for (const [key, bytes] of Object.entries(files)) space.put(key, bytes);
  for (const [sha256, bytes] of contents) space.put(`content/${sha256}`, bytes);
  space.put('root/0000000000', roots[0] ?? new Uint8Array());
  expect(new TrustStore(disk).load().version).toBe(1);
});

test('an empty store says so', () => {
  const store = new TrustStore(openStore(':memory:'));
  expect(codeOf(() => store.load())).toBe('TRUST_MISSING');
  expect(codeOf(() => store.current())).toBe('TRUST_MISSING');
});

test('a damaged store is never loaded in part', async () => {
  const content = [...third.contents.keys()][0] ?? '';
  for (const key of ['targets', 'snapshot', 'timestamp', `content/${content}`, 'root/0000000000']) {
    for (const damage of [damaged, removed]) {
      const disk = openStore(':memory:');
      await adopt(new TrustStore(disk), third);
      damage(disk, key);
      const store = new TrustStore(disk);
      const expected =
        key.startsWith('root') && damage === removed ? 'TRUST_MISSING' : 'TRUST_CORRUPT';
      expect(codeOf(() => store.load())).toBe(expected);
      expect(codeOf(() => store.current())).toBe('TRUST_MISSING');
    }
  }
});

const removed = (disk: Store, key: string): void => disk.space('trust').delete(key);

function damaged(disk: Store, key: string): void {
  const bytes = disk.space('trust').get(key)?.slice() ?? new Uint8Array();
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  disk.space('trust').put(key, bytes);
}

test('a write that fails leaves the old set in force, in memory and on disk', async () => {
  const disk = openStore(':memory:');
  let isFailing = false;
  const failing: Store = {
    ...disk,
    space: (name) => disk.space(name),
    close: () => disk.close(),
    transaction: (run) =>
      disk.transaction(() => {
        const result = run();
        if (isFailing) throw new Error('disk full');
        return result;
      }),
  };
  const store = new TrustStore(failing);
  await adopt(store, second);
  isFailing = true;
  await expect(adopt(store, third)).rejects.toThrow('disk full');
  expect(store.current().version).toBe(2);
  expect(new TrustStore(disk).load().version).toBe(2);
});

test('listeners hear of each change of what is in force, with what was before', async () => {
  const store = new TrustStore(openStore(':memory:'));
  const heard: (number | undefined)[][] = [];
  store.onChange((set, before) => heard.push([set.version, before?.version]));
  await adopt(store, second);
  await adopt(store, second);
  await adopt(store, third);
  expect(heard).toEqual([
    [2, undefined],
    [3, 2],
  ]);
});

test('who fails to follow keeps no other from hearing what is in force', async () => {
  const store = new TrustStore(openStore(':memory:'));
  const heard: string[] = [];
  store.onChange(() => {
    throw new Error('the disk is full');
  });
  store.onChange(({ version }) => heard.push(`change ${version}`));
  store.onAdopted(() => heard.push('adopted'));
  await expect(adopt(store, second)).rejects.toThrow('the disk is full');
  expect([store.current().version, ...heard]).toEqual([2, 'change 2', 'adopted']);
});

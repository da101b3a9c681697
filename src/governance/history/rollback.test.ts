import { expect, test } from 'bun:test';
import type { TrustFiles } from '../repository/index.ts';
import { GovernedMesh, opened, orders, payments, policy, signers } from '../testing/index.ts';
import {
  decodeKeptList,
  encodeKeptList,
  type KeptList,
  listInForce,
  openKeptList,
} from './kept-list.ts';
import { rollbackTo } from './rollback.ts';

const mesh = new GovernedMesh();
const governors = mesh.governors.slice(0, 3);
const text = (n: number) => `permit(principal, action, resource); // ${n}`;

const third = mesh.publish(mesh.founded, {
  put: [policy('a', text(3)), policy('b')],
  by: governors,
});
const fourth = mesh.publish(third, {
  put: [policy('a', text(4)), policy('c')],
  remove: ['policies/b.cedar', 'authorities/n3.json'],
  by: governors,
});

function keptOf(files: TrustFiles, role: 'targets' | 'ns.payments' = 'targets'): KeptList {
  const kept = listInForce(opened(files), role);
  if (kept === undefined) throw new Error(`no ${role}`);
  return kept;
}

function openedList(held: TrustFiles, version: number, kept: KeptList, role = 'targets' as const) {
  const list = openKeptList(opened(held), { role, version }, kept);
  if (!list.ok) throw new Error(list.error);
  return list.value;
}

test('a rollback brings back what was, takes out what came, and leaves authorities as they are', () => {
  const before = openedList(fourth, 3, keptOf(third));
  const { put, remove } = rollbackTo(opened(fourth), 'targets', before);
  expect(put.map(({ path }) => path)).toEqual(['policies/a.cedar', 'policies/b.cedar']);
  expect(remove).toEqual(['policies/c.cedar']);
});

test('a rollback does not take a retiring authority’s time', () => {
  const { onlineKey: _, ...n3 } = mesh.authorities[2].target;
  const certificates = n3.certificates.map((one) => ({ ...one, untilMs: Date.now() + 60_000 }));
  const retired = mesh.publish(third, {
    put: [{ kind: 'RetiringAuthority', retiring: { ...n3, certificates } }],
    remove: ['authorities/n3.json'],
    by: governors,
  });
  const before = openedList(retired, 3, keptOf(third));
  expect(rollbackTo(opened(retired), 'targets', before)).toEqual({ put: [], remove: [] });
});

test('a rollback to what is in force changes nothing', () => {
  const now = openedList(fourth, 4, keptOf(fourth));
  expect(rollbackTo(opened(fourth), 'targets', now)).toEqual({ put: [], remove: [] });
});

test('a namespace that is, or was, a team’s is left to its own versions', () => {
  const taken = mesh.publish(fourth, {
    put: [policy('new', undefined, orders)],
    delegations: [{ namespace: orders, to: undefined }],
    by: governors,
  });
  const before = openedList(taken, 4, keptOf(fourth));
  expect(rollbackTo(opened(taken), 'targets', before)).toEqual({ put: [], remove: [] });
  const handed = mesh.publish(taken, {
    delegations: [{ namespace: orders, to: signers(1, ...mesh.orders) }],
    by: [...governors, ...mesh.orders],
  });
  const mine = openedList(handed, 5, keptOf(taken));
  expect(rollbackTo(opened(handed), 'targets', mine)).toEqual({ put: [], remove: [] });
});

test('a team’s list is rolled back by itself', () => {
  const path = 'ns/payments/policies/pay.cedar';
  const second = mesh.publish(fourth, {
    put: [policy('pay', text(1), payments)],
    by: mesh.payments,
  });
  const next = mesh.publish(second, {
    put: [policy('pay', text(2), payments), policy('more', undefined, payments)],
    by: mesh.payments,
  });
  const name = { role: 'ns.payments', version: 2 } as const;
  const list = openKeptList(opened(next), name, keptOf(second, 'ns.payments'));
  if (!list.ok) throw new Error(list.error);
  const { put, remove } = rollbackTo(opened(next), 'ns.payments', list.value);
  expect(put.map((target) => [target.path, Buffer.from(target.bytes).toString()])).toEqual([
    [path, text(1)],
  ]);
  expect(remove).toEqual(['ns/payments/policies/more.cedar']);
});

test('no node can make a past up', () => {
  const held = opened(fourth);
  const name = { role: 'targets', version: 3 } as const;
  const kept = keptOf(third);
  const problem = (changed: Partial<KeptList>, version = 3) => {
    const list = openKeptList(held, { ...name, version }, { ...kept, ...changed });
    return list.ok ? '' : list.error;
  };
  expect(problem({})).toBe('');
  expect(problem({}, 2)).toBe('it is version 3, and not 2');
  const other = new GovernedMesh();
  const strange = other.publish(other.founded, { put: [policy('evil')], by: other.governors });
  expect(problem({ ...keptOf(strange) })).toBe('governors of this mesh have never signed it');
  expect(problem({ contents: new Map() })).toContain('is missing');
  const [[sha256 = ''] = []] = kept.contents;
  const changed = new Map([...kept.contents, [sha256, Buffer.from('other')]]);
  expect(problem({ contents: changed })).toContain('is not what was signed');
  const team = { role: 'ns.payments', version: 1 } as const;
  const theirs = keptOf(strange, 'ns.payments');
  const forged = openKeptList(held, team, { ...theirs, targets: fourth.targets });
  expect(forged.ok ? '' : forged.error).toContain('the team of that time did not sign payments/1');
});

test('a kept list travels whole', () => {
  const kept = keptOf(third);
  expect(decodeKeptList(encodeKeptList(kept))).toEqual({ ok: true, value: kept });
  expect(decodeKeptList(Buffer.from('no')).ok).toBe(false);
});

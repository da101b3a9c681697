import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { Revoke } from '../admin/index.ts';
import { sampleService } from '../admin/testing/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { type Outcome, Scene } from './testing/index.ts';

const NOW = new FakeClock().now();
let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

const run = (...args: readonly string[]): Promise<Outcome> => {
  const { nodes } = sampleService();
  return scene.run(['revoke', ...args], { service: { ...scene.node.service, nodes } });
};
const signed = (...args: readonly string[]): Promise<Outcome> =>
  run(...args, ...scene.as('ada'), '--yes');

test('a workload is revoked up to now, in whole seconds, and again later by the same resource', async () => {
  const stolen = ['workload', 'shop/web', '--reason', 'stolen'];
  expect((await signed(...stolen, '--unknown')).code).toBe(0);
  const [first] = scene.node.inForce.revocations;
  expect(first).toMatchObject({
    kind: 'workload',
    spiffeId: 'spiffe://shop.example/ns/shop/sa/web',
    beforeMs: Math.ceil(NOW / 1_000) * 1_000,
    reason: 'stolen',
  });
  const later = new Date(NOW + 60_000).toISOString();
  expect((await signed('workload', 'shop/web', '--before', later)).code).toBe(0);
  expect(scene.node.inForce.revocations).toMatchObject([
    { name: first?.name, beforeMs: Math.ceil((NOW + 60_000) / 1_000) * 1_000 },
  ]);
});

const REGISTRATION = `apiVersion: selvage.dev/v1alpha1
kind: Registration
metadata: { name: web, namespace: shop }
spec: { selectors: { uid: 1000 }, nodes: [n8] }
`;

test('a name that nobody has is refused with the one that was meant, and goes through only when asked for', async () => {
  const rules = scene.file('web.yaml', REGISTRATION);
  await scene.run(['apply', '-f', rules, ...scene.as('ada'), '--yes']);
  const refused = await signed('workload', 'shop/wbe');
  expect([refused.code, scene.node.inForce.revocations]).toEqual([2, []]);
  expect(refused.errors).toBe(
    'error[NAME_UNKNOWN]: no registration is for shop/wbe: nothing was revoked\n' +
      '  try: Did you mean shop/web? Known are: shop/web. If the name is right, and every trace of it is gone, add --unknown.\n',
  );
  expect((await signed('workload', 'shop/web')).errors).toBe('');
  const node = await signed('node', 'frankfurt-7');
  expect(node.errors).toContain('no node is known as frankfurt-7: nothing was revoked\n');
  expect(node.errors).toContain('Known are: n1, n2, n3, n4, n8. ');
  expect((await signed('node', 'frankfurt-7', '--unknown')).code).toBe(0);
  expect(scene.node.inForce.revocations).toMatchObject([
    { kind: 'node', node: 'frankfurt-7' },
    { kind: 'workload' },
  ]);
});

test('a node is known that lives, that died, that a registration names, or that was revoked before', async () => {
  const rules = scene.file('web.yaml', REGISTRATION);
  await scene.run(['apply', '-f', rules, ...scene.as('ada'), '--yes']);
  for (const node of ['n2', 'n3', 'n8']) expect((await signed('node', node)).code).toBe(0);
  await signed('node', 'n9', '--unknown');
  expect((await signed('node', 'n9', '--reason', 'again')).code).toBe(0);
});

test('an instant to come is warned of', async () => {
  const later = new Date(NOW + 60_000).toISOString();
  expect((await signed('node', 'n3', '--before', later)).errors).toStartWith(
    'warning: nothing is issued for n3 until ',
  );
});

test('a workload is named as registrations name it, and whoever gives its SPIFFE ID is told how', async () => {
  const { code, errors } = await signed('workload', 'spiffe://shop.example/ns/shop/sa/web');
  expect(code).toBe(2);
  expect(errors).toContain('<workload>: ');
  expect(errors).toContain('write shop/web.');
});

test('a revocation is taken back by taking its resource out of force', async () => {
  await signed('node', 'n3');
  const [revocation] = scene.node.inForce.revocations;
  expect(revocation).toMatchObject({ kind: 'node', node: 'n3' });
  const name = revocation?.name ?? '';
  const { code } = await scene.run(['delete', 'revocation', name, ...scene.as('ada'), '--yes']);
  expect([code, scene.node.inForce.revocations.length]).toEqual([0, 0]);
});

test('an authority is taken out and its key refused for ever, in one change', async () => {
  expect((await scene.run(['authority', 'add', 'n2', ...scene.as('ada'), '--yes'])).code).toBe(0);
  const nodeRefused = await signed('node', 'n2');
  expect(nodeRefused.errors).toContain('selvage revoke authority n2');
  expect((await signed('authority', 'n2')).code).toBe(0);
  expect(scene.node.inForce.authorities.map((one) => String(one.node))).toEqual(['n1']);
  expect(scene.node.inForce.revocations).toMatchObject([{ kind: 'authority' }]);
  expect((await signed('authority', 'n9')).errors).toBe(
    'error[NAME_UNKNOWN]: n9 is no authority\n  try: Did you mean n1? Known are: n1.\n',
  );
});

test('a serial or a key is taken back by the authority that is asked, without governors', async () => {
  const asked: Revoke[] = [];
  const service = sampleService({
    revoke: async (request) => {
      asked.push(request);
      const [item] = (await sampleService().revocations({})).items;
      if (item === undefined) throw new Error('the sample has one');
      return item;
    },
  });
  const own = (...args: readonly string[]) => scene.run(['revoke', ...args], { service });
  const { code, out } = await own('serial', '00:5F:0c', '--reason', 'stolen');
  expect(code).toBe(0);
  expect(out).toBe(
    'revoked: serial 41ff, as far as n1 signed it, until 2030-01-08T00:00:00.000Z\n',
  );
  const keySha256 = 'ab'.repeat(32);
  await own('key', keySha256);
  expect(asked).toEqual([
    { what: { serial: '5f0c' }, reason: 'stolen' },
    { what: { keySha256 }, reason: '' },
  ]);
});

test('nothing is revoked by the fingerprint of a certificate (CVE-2026-25793)', async () => {
  const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
  const key = await run('key', fingerprint);
  expect(key.code).toBe(2);
  expect(key.errors).toContain('by which nothing is revoked: its signature can be changed');
  const serial = await run('serial', fingerprint);
  expect(serial.code).toBe(2);
  expect(serial.errors).toContain('That long is the hash of a certificate or of a key');
});

test('what is no name is refused before a node is asked', async () => {
  for (const args of [
    ['workload', 'web'],
    ['workload', 'shop/web/x'],
    ['node', 'N 1'],
    ['workload', 'shop/web', '--before', 'yesterday'],
  ]) {
    const { code, asked } = await run(...args);
    expect([code, asked]).toEqual([2, []]);
  }
});

test('revocations are listed with who, since when and until when', async () => {
  const { out } = await scene.run(['get', 'revocations']);
  const words = /serial +41ff +n1 +2030-01-01T00:00:00.000Z +2030-01-08T00:00:00.000Z +stolen/;
  expect(out).toMatch(words);
});

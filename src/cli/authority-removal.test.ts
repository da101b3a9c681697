import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { openRepository } from '../governance/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { outdatedBy, retiresAt } from './authority-retirement.ts';
import { type Outcome, Scene } from './testing/index.ts';

const MINUTE_MS = 60_000;
const NOW = new FakeClock().now();
let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  expect((await signed('authority', 'add', 'n2')).code).toBe(0);
});
afterEach(() => scene.end());

const run = (...args: readonly string[]): Promise<Outcome> => scene.run(args);
const signed = (...args: readonly string[]): Promise<Outcome> =>
  run(...args, ...scene.as('ada'), '--yes');

const namesOf = (all: readonly { readonly node: NodeName }[]): string[] =>
  all.map((one) => one.node);
const n2 = () => scene.node.inForce.authorities.find((one) => one.node === 'n2');

test('an authority that is lost signs no more at once, and what it signed counts for ten minutes', async () => {
  const before = n2();
  const { out } = await signed('authority', 'remove', 'n2');
  expect(out).toContain('- authority n2');
  expect(out).toMatch(/\+ retiring authority n2 \(what it signed counts until \d{4}-/);
  expect(namesOf(scene.node.inForce.authorities)).toEqual(['n1']);
  const untilMs = NOW + 10 * MINUTE_MS;
  expect(scene.node.inForce.retiring).toEqual([
    {
      node: 'n2' as NodeName,
      namespaces: 'any',
      certificates: (before?.certificates ?? []).map((one) => ({ ...one, untilMs })),
      tokenKeys: (before?.tokenKeys ?? []).map((one) => ({ ...one, untilMs })),
    },
  ]);
});

test('its online key may publish nothing from then on', async () => {
  const online = n2()?.onlineKey ?? '';
  const keys = () => {
    const held = openRepository(scene.node.held);
    return held.ok
      ? Object.values(held.value.root.signed.keys).map(({ keyVal }) => keyVal.public)
      : [];
  };
  expect(keys()).toContain(online);
  await signed('authority', 'remove', 'n2');
  expect(keys()).toHaveLength(2); // the governor's, and n1's
  expect(keys()).not.toContain(online);
});

test('the list shows it as retiring with its end', async () => {
  await signed('authority', 'remove', 'n2', '--retire-after', '2m');
  const end = new Date(NOW + 2 * MINUTE_MS).toISOString();
  expect((await run('authority', 'list')).out).toMatch(
    new RegExp(`n2 +[0-9a-f]{64} +retiring +${end}`),
  );
});

test('what a stolen one signed counts no longer, also when it was taken for lost at first', async () => {
  await signed('authority', 'remove', 'n2', '--stolen');
  expect([namesOf(scene.node.inForce.authorities), scene.node.inForce.retiring]).toEqual([
    ['n1'],
    [],
  ]);
  await signed('authority', 'add', 'n2');
  await signed('authority', 'remove', 'n2');
  const again = await signed('authority', 'remove', 'n2');
  expect([again.code, again.errors]).toEqual([2, expect.stringContaining('n2 --stolen')]);
  expect((await signed('authority', 'remove', 'n2', '--stolen')).out).toContain(
    '- retiring authority n2',
  );
  expect(scene.node.inForce.retiring).toEqual([]);
});

test('one that retires can be revoked as an authority, and with its node', async () => {
  await signed('authority', 'remove', 'n2');
  expect((await signed('revoke', 'authority', 'n2')).code).toBe(0);
  expect(scene.node.inForce).toMatchObject({ retiring: [], revocations: [{ kind: 'authority' }] });
  await signed('authority', 'add', 'n3');
  await signed('authority', 'remove', 'n3');
  expect((await signed('revoke', 'node', 'n3')).code).toBe(0);
  expect(scene.node.inForce.retiring).toEqual([]);
});

test('--stolen leaves nothing to retire', async () => {
  const { code, errors } = await signed(
    ...['authority', 'remove', 'n2', '--stolen', '--retire-after', '2m'],
  );
  expect([code, n2() === undefined]).toEqual([2, false]);
  expect(errors).toContain('--stolen');
});

test('nothing is given more time than it lives, and several governors have a day more to sign', () => {
  const { inForce } = scene.node;
  expect(retiresAt(inForce, NOW, 365 * 24 * 60 * MINUTE_MS) - NOW).toBe(
    inForce.settings.credentialLifeMs,
  );
  const several = { ...inForce, governors: { ...inForce.governors, threshold: 2 } };
  expect(retiresAt(several, NOW) - NOW).toBe((24 * 60 + 10) * MINUTE_MS);
});

test('a node that is made an authority again stands not beside what it was, and the next change drops what ended', async () => {
  const [{ pem = '' } = {}] = n2()?.certificates ?? [];
  await signed('authority', 'remove', 'n2');
  const places = ['retiring/n2.json'];
  expect(outdatedBy(scene.node.inForce, pem, NOW)).toEqual(places);
  expect(outdatedBy(scene.node.inForce, 'another', NOW)).toEqual([]);
  expect(outdatedBy(scene.node.inForce, 'another', NOW + 10 * MINUTE_MS)).toEqual(places);
});

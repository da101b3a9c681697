import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeName } from '../core/index.ts';
import { privateKeyToPem } from '../crypto/index.ts';
import { createGovernorKey, openRepository, signerOf } from '../governance/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { outdatedBy, retiresAt } from './authority-retirement.ts';
import { GovernedNode, type Outcome, runCommandLine } from './testing/index.ts';

const MINUTE_MS = 60_000;
const governor = createGovernorKey();
const NOW = new FakeClock().now();
let directory = '';
let node: GovernedNode;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-cli-'));
  writeFileSync(join(directory, 'governor.key'), privateKeyToPem(governor), { mode: 0o600 });
  node = new GovernedNode(signerOf(governor));
  expect((await signed('authority', 'add', 'n2')).code).toBe(0);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = (...args: readonly string[]): Promise<Outcome> =>
  runCommandLine(args, { service: node.service });
const signed = (...args: readonly string[]): Promise<Outcome> =>
  run(...args, '--key', join(directory, 'governor.key'), '--yes', '--admin-socket', '/n1');

const namesOf = (all: readonly { readonly node: NodeName }[]): string[] =>
  all.map((one) => one.node);
const n2 = () => node.inForce.authorities.find((one) => one.node === 'n2');

test('an authority that is lost signs no more at once, and what it signed counts for ten minutes', async () => {
  const before = n2();
  const { out } = await signed('authority', 'remove', 'n2');
  expect(out).toContain('- authority n2');
  expect(out).toMatch(/\+ retiring authority n2 \(what it signed counts until \d{4}-/);
  expect(namesOf(node.inForce.authorities)).toEqual(['n1']);
  const untilMs = NOW + 10 * MINUTE_MS;
  expect(node.inForce.retiring).toEqual([
    {
      ...{ node: 'n2' as NodeName, namespaces: 'any' },
      certificates: (before?.certificates ?? []).map((one) => ({ ...one, untilMs })),
      tokenKeys: (before?.tokenKeys ?? []).map((one) => ({ ...one, untilMs })),
    },
  ]);
});

test('its online key may publish nothing from then on', async () => {
  const online = n2()?.onlineKey ?? '';
  const keys = () => {
    const held = openRepository(node.held);
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
  expect((await run('authority', 'list', '--admin-socket', '/n1')).out).toMatch(
    new RegExp(`n2 +[0-9a-f]{64} +retiring +${end}`),
  );
});

test('what a stolen one signed counts no longer, also when it was taken for lost at first', async () => {
  await signed('authority', 'remove', 'n2', '--stolen');
  expect([namesOf(node.inForce.authorities), node.inForce.retiring]).toEqual([['n1'], []]);
  await signed('authority', 'add', 'n2');
  await signed('authority', 'remove', 'n2');
  const again = await signed('authority', 'remove', 'n2');
  expect([again.code, again.errors]).toEqual([2, expect.stringContaining('n2 --stolen')]);
  expect((await signed('authority', 'remove', 'n2', '--stolen')).out).toContain(
    '- retiring authority n2',
  );
  expect(node.inForce.retiring).toEqual([]);
});

test('one that retires can be revoked as an authority, and with its node', async () => {
  await signed('authority', 'remove', 'n2');
  expect((await signed('revoke', 'authority', 'n2')).code).toBe(0);
  expect(node.inForce).toMatchObject({ retiring: [], revocations: [{ kind: 'authority' }] });
  await signed('authority', 'add', 'n3');
  await signed('authority', 'remove', 'n3');
  expect((await signed('revoke', 'node', 'n3')).code).toBe(0);
  expect(node.inForce.retiring).toEqual([]);
});

test('--stolen leaves nothing to retire', async () => {
  const { code, errors } = await signed(
    ...['authority', 'remove', 'n2', '--stolen', '--retire-after', '2m'],
  );
  expect([code, n2() === undefined]).toEqual([2, false]);
  expect(errors).toContain('--stolen');
});

test('nothing is given more time than it lives, and several governors have a day more to sign', () => {
  const { inForce } = node;
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
  expect(outdatedBy(node.inForce, pem, NOW)).toEqual(places);
  expect(outdatedBy(node.inForce, 'another', NOW)).toEqual([]);
  expect(outdatedBy(node.inForce, 'another', NOW + 10 * MINUTE_MS)).toEqual(places);
});

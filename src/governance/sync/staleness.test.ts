import { afterEach, expect, test } from 'bun:test';
import { DEFAULT_SETTINGS, type TargetContent } from '../resources/index.ts';
import { type Member, Members, TestMesh, until } from '../testing/index.ts';

const MINUTE_MS = 60_000;
const mesh = new TestMesh();
const settings = (maxStalenessMs: number): TargetContent => ({
  kind: 'MeshSettings',
  settings: { ...DEFAULT_SETTINGS, maxStalenessMs },
});

const members = new Members(mesh.founded);
afterEach(() => members.stop());

const authority = (): Promise<Member> => members.start('n1', mesh.founded, mesh.n1.online);

/** For how long what is in force counts as fresh. */
const leftMs = ({ store, clock }: Member): number =>
  Date.parse(store.repository().timestamp.signed.expires) - clock.now();

test('another maxStaleness holds from its publication on', async () => {
  const n1 = await authority();
  expect(leftMs(n1)).toBeGreaterThan(6 * 24 * 60 * MINUTE_MS);
  await n1.sync.publish(mesh.draft(n1.store.files(), [settings(10 * MINUTE_MS)]));
  expect(Math.abs(leftMs(n1) - 10 * MINUTE_MS)).toBeLessThan(2_000);
  await n1.sync.publish(mesh.draft(n1.store.files(), [settings(60 * MINUTE_MS)]));
  expect(Math.abs(leftMs(n1) - 60 * MINUTE_MS)).toBeLessThan(2_000);
});

test('the shortest one that may be set is renewed with minutes to spare, and not too often', async () => {
  const n1 = await authority();
  await n1.sync.publish(mesh.draft(n1.store.files(), [settings(10 * MINUTE_MS)]));
  const { version } = n1.store.repository().timestamp.signed;
  for (let minute = 0; minute < 60; minute += 1) {
    n1.clock.advance(MINUTE_MS);
    await until('it is fresh for two minutes more', () => leftMs(n1) >= 2 * MINUTE_MS);
  }
  const renewals = n1.store.repository().timestamp.signed.version - version;
  expect(renewals).toBeGreaterThanOrEqual(6);
  expect(renewals).toBeLessThanOrEqual(12);
});

import { expect, test } from 'bun:test';
import { TrustStore, verifyTrust } from '../governance/index.ts';
import { GovernedMesh, offer, orders } from '../governance/testing/index.ts';
import { openStore, scratchDirs } from '../platform/index.ts';
import { FakeClock, recordingMeter } from '../ports/testing/index.ts';
import { rootSha256 } from './init-node.ts';
import { RoleDates } from './role-dates.ts';

const DAY_MS = 86_400_000;
const mesh = new GovernedMesh();

async function adopted(files = mesh.founded, trust = new TrustStore(openStore(':memory:'))) {
  const anchor = { pinnedRootSha256: rootSha256(mesh.founded), scratch: scratchDirs() };
  const verified = await verifyTrust({ ...anchor, now: Date.now(), offered: offer(files) });
  if (!verified.ok) throw new Error(verified.error.detail);
  trust.adopt(verified.value);
  return trust;
}

test('what people signed is warned of sixty days before its end, with what to type', async () => {
  const clock = new FakeClock(mesh.now);
  const dates = new RoleDates({ trust: await adopted(), clock, meter: recordingMeter() });
  clock.advance(304 * DAY_MS);
  expect(dates.warnings()).toEqual([]);
  clock.advance(2 * DAY_MS);
  const warnings = dates.warnings();
  expect(warnings).toHaveLength(4); // root, the governors' list, two teams
  expect(warnings[0]).toMatch(
    /^the list of governors \(root\) ends in 5[89]d [0-9]+h: sign it again with `selvage renew --key GOVERNOR_KEY`$/,
  );
  expect(warnings[3]).toMatch(
    /^the list of the team of payments ends in 5[89]d [0-9]+h: let the team sign it again with `selvage renew -n payments --key TEAM_KEY`$/,
  );
  clock.advance(60 * DAY_MS);
  expect(dates.warnings()[1]).toStartWith('the governors’ list has ended, and no change passes');
});

test('each role’s end is measured, and that of a team which is gone no more', async () => {
  const meter = recordingMeter();
  const trust = await adopted();
  const dates = new RoleDates({ trust, clock: new FakeClock(mesh.now), meter });
  const value = (role: string) => meter.value('selvage_trust_role_expires_seconds', { role });
  const year = (mesh.now + 365 * DAY_MS) / 1_000;
  for (const role of ['root', 'targets', 'ns.orders', 'ns.payments']) {
    expect(Math.abs(value(role) - year)).toBeLessThan(2);
  }
  const taken = mesh.publish(mesh.founded, {
    delegations: [{ namespace: orders, to: undefined }],
    by: mesh.governors,
  });
  await adopted(taken, trust);
  dates.follow();
  expect([value('ns.orders'), value('ns.payments') > 0]).toEqual([0, true]);
});

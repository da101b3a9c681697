import { expect, test } from 'bun:test';
import { scratchDirs } from '../../platform/index.ts';
import { needsRefresh, refreshTimestamp } from '../change/index.ts';
import {
  encodeMetadata,
  governorsOf,
  makeRoot,
  onlineKeysOf,
  sign,
  type TrustFiles,
  type TrustOffer,
} from '../repository/index.ts';
import { makeAuthority, offer, opened, policy, TestMesh } from '../testing/index.ts';
import { verifyTrust } from './verify-trust.ts';

const mesh = new TestMesh();
const now = Date.now();

async function check(offered: TrustOffer, held?: TrustFiles) {
  const anchor = held === undefined ? { pinnedRootSha256: mesh.pin } : { held: opened(held) };
  return await verifyTrust({ ...anchor, offered, scratch: scratchDirs(), now });
}

async function accepted(offered: TrustOffer, held?: TrustFiles) {
  const result = await check(offered, held);
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.detail}`);
  return result.value;
}

test('a founded repository is believed by whoever has its root pinned', async () => {
  const { set, repository, skipped } = await accepted(offer(mesh.founded));
  expect(set.trustDomain).toBe(mesh.trustDomain);
  expect(set.version).toBe(1);
  expect(set.authorities).toEqual([mesh.n1.target]);
  expect(set.settings).toEqual({
    svidLifeMs: 3_600_000,
    credentialLifeMs: 604_800_000,
    policyHeaders: [],
    maxStalenessMs: 604_800_000,
    whenStale: 'keep',
  });
  expect(skipped).toEqual([]);
  expect(repository.files).toEqual(mesh.founded);
});

test('a change is believed on top of what is held, and only what is listed stays', async () => {
  const first = mesh.publish(mesh.founded, [policy('a'), policy('b')]);
  const second = mesh.publish(
    first,
    [policy('b', 'forbid(principal, action, resource);')],
    ['policies/a.cedar'],
  );
  const held = await accepted(offer(second), first);
  expect(held.set.policies).toEqual([
    { name: 'b', text: 'forbid(principal, action, resource);', since: '3' },
  ]);
  expect(held.repository.files.contents.size).toBe(3);
});

test('an offer brings only what the asker lacks', async () => {
  const next = mesh.publish(mesh.founded, [
    policy('a', 'permit(principal, action, resource); // a'),
  ]);
  const renewed = refreshTimestamp(opened(next), mesh.n1.online, now);
  const added = [...next.contents].filter(([sha256]) => !mesh.founded.contents.has(sha256));
  const lean: TrustOffer = {
    roots: [],
    timestamp: next.timestamp,
    snapshot: next.snapshot,
    targets: next.targets,
    delegated: next.delegated,
    contents: added.map(([, bytes]) => bytes),
  };
  const held = await accepted(lean, mesh.founded);
  expect(held.repository.files).toEqual(next);
  const pulse = await accepted(
    { roots: [], timestamp: renewed.timestamp, delegated: new Map(), contents: [] },
    next,
  );
  expect(pulse.repository.files).toEqual(renewed);
  expect(pulse.set.digest).toBe(held.set.digest);
});

test('a new authority comes with a new root, and signs from then on', async () => {
  const n2 = makeAuthority('n2');
  const both = mesh.publish(mesh.founded, [{ kind: 'Authority', authority: n2.target }]);
  expect(both.roots).toHaveLength(2);
  const held = await accepted(offer(both, { roots: both.roots.slice(1) }), mesh.founded);
  expect(held.set.rootVersion).toBe(2);
  expect(held.set.authorities.map(({ node }) => String(node))).toEqual(['n1', 'n2']);
  const renewed = refreshTimestamp(opened(both), n2.online, now);
  expect((await accepted(offer(renewed, { roots: [] }), both)).repository.files.timestamp).toEqual(
    renewed.timestamp,
  );
});

test('two timestamps of one version: the one that is held stays, and nothing is refused', async () => {
  const n2 = makeAuthority('n2');
  const both = mesh.publish(mesh.founded, [{ kind: 'Authority', authority: n2.target }]);
  const one = refreshTimestamp(opened(both), mesh.n1.online, now);
  const other = refreshTimestamp(opened(both), n2.online, now);
  expect(other.timestamp).not.toEqual(one.timestamp);
  const kept = await accepted(offer(other), one);
  expect(kept.repository.files.timestamp).toEqual(one.timestamp);
  expect(kept.set.digest).toBe((await accepted(offer(one), both)).set.digest);
});

test('a newer root with an equal timestamp leaves the timestamp that is held', async () => {
  const both = mesh.publish(mesh.founded, [
    { kind: 'Authority', authority: makeAuthority('n2').target },
  ]);
  const one = refreshTimestamp(opened(both), mesh.n1.online, now);
  const other = refreshTimestamp(opened(both), mesh.n1.online, now + 1_000);
  const governors = governorsOf(opened(both).root);
  const root = makeRoot({
    version: 3,
    governors,
    onlineKeys: onlineKeysOf(opened(both).root),
    now,
  });
  sign(root, mesh.governor);
  const roots = [encodeMetadata(root)];
  const { repository, set } = await accepted(offer(other, { roots }), one);
  expect(set.rootVersion).toBe(3);
  expect(repository.files.timestamp).toEqual(one.timestamp);
});

test('two changes published at once: the next timestamp decides, for those on either side', async () => {
  const n2 = makeAuthority('n2');
  const both = mesh.publish(mesh.founded, [{ kind: 'Authority', authority: n2.target }]);
  const one = mesh.publish(both, [policy('one')]);
  const other = mesh.publish(
    both,
    [policy('other', 'forbid(principal, action, resource);')],
    [],
    n2.online,
  );
  expect((await accepted(offer(other, { roots: [] }), one)).repository.files).toEqual(one);
  const settled = refreshTimestamp(opened(other), n2.online, now);
  const moved = await accepted(offer(settled, { roots: [] }), one);
  expect(moved.set.policies.map(({ name }) => name)).toEqual(['other']);
});

test('a timestamp is due when less than half of its life is left', () => {
  expect(needsRefresh(opened(mesh.founded), now + 3 * 86_400_000)).toBe(false);
  expect(needsRefresh(opened(mesh.founded), now + 4 * 86_400_000)).toBe(true);
});

test('a timestamp that was signed for longer than one lives is signed again', () => {
  const far = opened(
    refreshTimestamp(opened(mesh.founded), mesh.n1.online, now + 365 * 86_400_000),
  );
  expect(needsRefresh(far, now)).toBe(true);
  const ahead = refreshTimestamp(opened(mesh.founded), mesh.n1.online, now + 86_000_000);
  expect(needsRefresh(opened(ahead), now)).toBe(false);
});

test('a snapshot that ages is signed again with the timestamp', () => {
  const { online } = mesh.n1;
  const early = opened(refreshTimestamp(opened(mesh.founded), online, now + 14 * 86_400_000));
  expect(early.snapshot.signed.version).toBe(1);
  expect(needsRefresh(early, now + 14.5 * 86_400_000)).toBe(false);
  expect(needsRefresh(early, now + 16 * 86_400_000)).toBe(true);
  const late = opened(refreshTimestamp(early, online, now + 16 * 86_400_000));
  expect(late.snapshot.signed.version).toBe(2);
});

test('dates are judged by the clock that is handed in, decades from the host’s as well', async () => {
  for (const years of [-30, 30]) {
    const then = now + years * 365 * 86_400_000;
    const old = new TestMesh(then);
    const next = old.publish(old.founded, [policy('a')], [], old.n1.online, then);
    const judge = async (at: number) =>
      await verifyTrust({
        held: opened(old.founded),
        offered: offer(next),
        scratch: scratchDirs(),
        now: at,
      });
    expect((await judge(then)).ok).toBe(true);
    const late = await judge(then + 8 * 86_400_000);
    expect(late.ok ? 'accepted' : late.error.reason).toBe('expired');
  }
});

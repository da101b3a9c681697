import { expect, test } from 'bun:test';
import { Metadata, MetadataKind } from '@tufjs/models';
import { sha256Hex } from '../../crypto/index.ts';
import { scratchDirs } from '../../platform/index.ts';
import { publishChange, refreshTimestamp } from '../change/index.ts';
import { MAX_NEW_ROOTS, MAX_VERSION } from '../limits.ts';
import {
  encodeMetadata,
  governorsOf,
  makeRoot,
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
  sign,
  type TrustFiles,
  type TrustOffer,
  type TrustRefusalReason,
  type TrustSigner,
} from '../repository/index.ts';
import { DEFAULT_SETTINGS, encodeTarget } from '../resources/index.ts';
import { makeAuthority, offer, opened, policy, TestMesh, trustDomain } from '../testing/index.ts';
import { verifyTrust } from './verify-trust.ts';

/**
 * The attacks of TUF section 1.5.2, tried by a peer that holds every file ever published, and where
 * it is said, by an authority whose online key was stolen.
 */
const mesh = new TestMesh();
const now = Date.now();
const DAY_MS = 86_400_000;
const first = mesh.publish(mesh.founded, [
  policy('a', 'permit(principal, action, resource); // a'),
]);
const second = mesh.publish(first, [policy('b', 'permit(principal, action, resource); // b')]);

async function judged(offered: TrustOffer, held: TrustFiles | undefined, at = now) {
  const anchor = held === undefined ? { pinnedRootSha256: mesh.pin } : { held: opened(held) };
  return await verifyTrust({ ...anchor, offered, scratch: scratchDirs(), now: at });
}

async function reasonOf(
  offered: TrustOffer,
  held: TrustFiles = first,
  at = now,
): Promise<TrustRefusalReason | 'accepted'> {
  const result = await judged(offered, held, at);
  return result.ok ? 'accepted' : result.error.reason;
}

function taken<T>(result: { ok: true; value: T } | { ok: false; error: string }): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** Signed again after `change`, by whoever has `signer`'s key. */
function forged<T extends Parameters<typeof encodeMetadata>[0]>(
  metadata: T,
  change: (json: Record<string, unknown>) => void,
  signer: TrustSigner,
): Uint8Array {
  const signed = metadata.signed.toJSON();
  change(signed);
  const kinds = {
    root: () => Metadata.fromJSON(MetadataKind.Root, { signed, signatures: [] }),
    targets: () => Metadata.fromJSON(MetadataKind.Targets, { signed, signatures: [] }),
    snapshot: () => Metadata.fromJSON(MetadataKind.Snapshot, { signed, signatures: [] }),
    timestamp: () => Metadata.fromJSON(MetadataKind.Timestamp, { signed, signatures: [] }),
  };
  const made = kinds[metadata.signed.type]();
  sign(made, signer);
  return encodeMetadata(made);
}

test('arbitrary change: a timestamp, snapshot or targets of a stranger', async () => {
  const stranger = makeAuthority('n9').online;
  const timestamp = forged(taken(parseTimestamp(second.timestamp)), () => undefined, stranger);
  expect(await reasonOf(offer(second, { timestamp }))).toBe('wrong-signature');

  const { online } = mesh.n1;
  const { trustDomain: domain } = mesh;
  const evil = new TestMesh(now, domain); // another governor, the same names
  const list = evil.publish(evil.founded, [policy('evil')]);
  const stolen = publishedBy(online, second, { targets: list.targets });
  expect(await reasonOf(offer({ ...list, ...stolen, roots: second.roots }))).toBe(
    'wrong-signature',
  );
});

/** Snapshot and timestamp, a version above `files`', over these targets: what a stolen online key can sign. */
function publishedBy(
  online: TrustSigner,
  files: TrustFiles,
  { targets = files.targets, snapshotVersion = 0, timestampVersion = 0, listed = 0 },
): Pick<TrustFiles, 'targets' | 'snapshot' | 'timestamp'> {
  const old = taken(parseSnapshot(files.snapshot));
  const version = snapshotVersion || old.signed.version + 1;
  const snapshot = forged(
    old,
    (json) => {
      json.version = version;
      json.meta = {
        'targets.json': {
          version: listed === 0 ? taken(parseTargets(targets)).signed.version : listed,
          length: targets.length,
          hashes: { sha256: sha256Hex(targets) },
        },
      };
    },
    online,
  );
  const before = taken(parseTimestamp(files.timestamp));
  const timestamp = forged(
    before,
    (json) => {
      json.version = timestampVersion || before.signed.version + 1;
      json.meta = {
        'snapshot.json': {
          version,
          length: snapshot.length,
          hashes: { sha256: sha256Hex(snapshot) },
        },
      };
    },
    online,
  );
  return { targets, snapshot, timestamp };
}

test('rollback: an older timestamp, with all that belonged to it', async () => {
  expect(await reasonOf(offer(first), second)).toBe('rollback');
});

test('rollback by a stolen online key: older targets under a newer snapshot and timestamp', async () => {
  const stolen = publishedBy(mesh.n1.online, second, { targets: first.targets });
  expect(await reasonOf(offer({ ...first, ...stolen }), second)).toBe('rollback');
});

test('rollback by a stolen online key: an older snapshot under a newer timestamp', async () => {
  const stolen = publishedBy(mesh.n1.online, second, { snapshotVersion: 1 });
  expect(await reasonOf(offer({ ...second, ...stolen }), second)).toBe('rollback');
});

test('rollback behind a rotation: forgetting online versions does not forget the governors’', async () => {
  const n2 = makeAuthority('n2');
  const both = mesh.publish(second, [{ kind: 'Authority', authority: n2.target }]);
  const alone = mesh.publish(both, [], ['authorities/n1.json'], n2.online);
  const stolen = publishedBy(n2.online, alone, { targets: both.targets });
  const offered = offer({ ...both, ...stolen }, { roots: alone.roots.slice(2) });
  expect(await reasonOf(offered, both)).toBe('accepted'); // equal targets: nothing went back
  const older = publishedBy(n2.online, alone, { targets: second.targets });
  const backwards = offer({ ...second, ...older }, { roots: alone.roots.slice(2) });
  expect(await reasonOf(backwards, both)).toBe('rollback');
});

test('freeze: what is past its date is not believed', async () => {
  expect(await reasonOf(offer(second), first, now + 8 * DAY_MS)).toBe('expired');
  const old = new TestMesh(now - 30 * DAY_MS);
  const anchor = { pinnedRootSha256: old.pin, scratch: scratchDirs(), now };
  const result = await verifyTrust({ ...anchor, offered: offer(old.founded) });
  expect(!result.ok && result.error.reason).toBe('expired');
});

test('an expired repository that is held does not keep a fresh one out', async () => {
  const old = new TestMesh(now - 10 * DAY_MS);
  const renewed = refreshTimestamp(opened(old.founded), old.n1.online, now);
  const result = await verifyTrust({
    held: opened(old.founded),
    offered: offer(renewed),
    scratch: scratchDirs(),
    now,
  });
  expect(result.ok).toBe(true);
});

test('mix and match: files of different moments do not go together', async () => {
  expect(await reasonOf(offer(second, { snapshot: first.snapshot }))).toBe('mix-and-match');
  expect(await reasonOf(offer(second, { targets: first.targets }))).toBe('mix-and-match');
  const listed = publishedBy(mesh.n1.online, second, { listed: 9 });
  expect(await reasonOf(offer({ ...second, ...listed }))).toBe('mix-and-match');
});

test('a content that was tampered with is not what the list names', async () => {
  const contents = [...second.contents.values()].map((bytes) =>
    Buffer.from(Buffer.from(bytes).toString().replace('// b', '// c')),
  );
  expect(await reasonOf(offer(second, { contents }))).toBe('content-missing');
});

test('endless data: files, contents, roots and targets are bounded', async () => {
  const large = new Uint8Array(9 * 1_024 * 1_024);
  expect(await reasonOf(offer(second, { contents: [large] }))).toBe('too-large');
  expect(await reasonOf(offer(second, { timestamp: new Uint8Array(20_000) }))).toBe('malformed');
  const [root = large] = second.roots;
  expect(await reasonOf(offer(second, { roots: Array(MAX_NEW_ROOTS + 1).fill(root) }))).toBe(
    'too-many-roots',
  );
  expect(await reasonOf(offer(second, { roots: [large.slice(0, 70_000)] }))).toBe('malformed');
});

test('endless roots: a chain must begin right after the root that is held', async () => {
  const { value: root } = { value: taken(parseRoot(second.roots[0] ?? new Uint8Array())) };
  const next = (version: number, signer = mesh.governor) => {
    const onlineKeys = [mesh.n1.online.publicKey];
    const made = makeRoot({ version, governors: governorsOf(root), onlineKeys, now });
    sign(made, signer);
    return encodeMetadata(made);
  };
  expect(await reasonOf(offer(second, { roots: [next(3)] }))).toBe('rollback');
  expect(await reasonOf(offer(second, { roots: [next(2, mesh.n1.online)] }))).toBe(
    'wrong-signature',
  );
  const many = Array.from({ length: MAX_NEW_ROOTS }, (_, index) => next(index + 2));
  expect(await reasonOf(offer(second, { roots: many }))).toBe('accepted');
});

test('fast-forward: a stolen online key burns the numbers; taking it out gives them back', async () => {
  const n2 = makeAuthority('n2');
  const both = mesh.publish(second, [{ kind: 'Authority', authority: n2.target }]);
  const burning = { snapshotVersion: MAX_VERSION, timestampVersion: MAX_VERSION };
  const burnt: TrustFiles = { ...both, ...publishedBy(n2.online, both, burning) };
  expect(await reasonOf(offer(burnt, { roots: [] }), both)).toBe('accepted');
  expect(() => refreshTimestamp(opened(burnt), mesh.n1.online, now)).toThrow('is the last one');

  const change = mesh.draft(burnt, [], ['authorities/n2.json']);
  const healed = publishChange({ held: burnt, change, online: mesh.n1.online, now });
  expect(taken(parseTimestamp(healed.timestamp)).signed.version).toBe(1);
  expect(await reasonOf(offer(healed, { roots: healed.roots.slice(-1) }), burnt)).toBe('accepted');
  expect(await reasonOf(offer(burnt, { roots: [] }), healed)).toBe('wrong-signature');

  const beyond = publishedBy(mesh.n1.online, second, { timestampVersion: MAX_VERSION + 1 });
  expect(await reasonOf(offer({ ...second, ...beyond }))).toBe('malformed');
});

test('fast-forward that an honest authority signed on top of is healed as well', async () => {
  const n2 = makeAuthority('n2');
  const both = mesh.publish(second, [{ kind: 'Authority', authority: n2.target }]);
  const burning = { snapshotVersion: 2_000_000, timestampVersion: 2_000_000 };
  const burnt: TrustFiles = { ...both, ...publishedBy(n2.online, both, burning) };
  const onTop = refreshTimestamp(opened(burnt), mesh.n1.online, now);
  const change = mesh.draft(onTop, [], ['authorities/n2.json']);
  const healed = publishChange({ held: onTop, change, online: mesh.n1.online, now });
  expect(await reasonOf(offer(healed, { roots: healed.roots.slice(-1) }), onTop)).toBe('accepted');
});

test('endless targets: a list that no governor signed is counted before the library reads it', async () => {
  const entry = { length: 1, hashes: { sha256: 'a'.repeat(64) } };
  const targets = Object.fromEntries(Array.from({ length: 6_000 }, (_, i) => [`p${i}`, entry]));
  const { signed } = JSON.parse(Buffer.from(second.targets).toString());
  const list = { signatures: [], signed: { ...signed, version: 9, targets } };
  const stolen = publishedBy(mesh.n1.online, second, {
    targets: Buffer.from(JSON.stringify(list)),
    listed: 9,
  });
  const result = await judged(offer({ ...second, ...stolen }), second);
  expect(!result.ok && result.error.detail).toContain('at most');
});

test('wrong anchor: without the root that the token names there is no first contact', async () => {
  const other = new TestMesh();
  const met = await judged(offer(other.founded), undefined);
  expect(!met.ok && met.error.reason).toBe('pinned-root-missing');
  const roots = [...mesh.founded.roots, ...other.founded.roots];
  const grafted = await judged(offer(other.founded, { roots }), undefined);
  expect(!grafted.ok && grafted.error.reason).toBe('wrong-signature');
});

test('a later root that is pinned is enough, and older roots are not believed', async () => {
  const put = [{ kind: 'Authority', authority: makeAuthority('n2').target }] as const;
  const both = mesh.publish(second, put);
  const pinnedRootSha256 = sha256Hex(both.roots[1] ?? new Uint8Array());
  const anchor = { pinnedRootSha256, scratch: scratchDirs(), now };
  const result = await verifyTrust({ ...anchor, offered: offer(both) });
  expect(result.ok && result.value.repository.files.roots).toEqual([
    both.roots[1] ?? new Uint8Array(),
  ]);
});

test('one key under two names counts once', async () => {
  const [root = new Uint8Array()] = mesh.founded.roots;
  const twice = forged(
    taken(parseRoot(root)),
    (json) => {
      const keys = json.keys as Record<string, unknown>;
      const roles = json.roles as Record<string, { keyids: string[] }>;
      const [id = ''] = roles.root?.keyids ?? [];
      keys['another-name'] = keys[id];
      roles.root = { ...roles.root, keyids: [id, 'another-name'] };
      json.version = 2;
    },
    mesh.governor,
  );
  expect(await reasonOf(offer(second, { roots: [twice] }))).toBe('malformed');
});

test('a threshold of zero is no root (CVE-2026-23992)', async () => {
  const [root = new Uint8Array()] = mesh.founded.roots;
  const text = Buffer.from(root).toString().replaceAll('"threshold":1', '"threshold":0');
  expect(await reasonOf(offer(second, { roots: [Buffer.from(text)] }))).toBe('malformed');
});

test('the trust domain never changes, whoever signs it', async () => {
  const domain = trustDomain('other.example');
  const other = encodeTarget({ kind: 'MeshSettings', settings: DEFAULT_SETTINGS }, domain);
  const { target } = makeAuthority('n1', mesh.n1.online, domain);
  const along = encodeTarget({ kind: 'Authority', authority: target }, domain);
  const moved = mesh.publishTargets(second, [other, along]);
  expect(await reasonOf(offer(moved), second)).toBe('trust-domain-changed');
});

test('a target that cannot be read is left out and told; settings and authorities are not', async () => {
  const strange = { path: 'ns/default/services/web.json', bytes: Buffer.from('{"kind":"Later"}') };
  const result = await judged(offer(mesh.publishTargets(second, [strange])), second);
  if (!result.ok) throw new Error(result.error.detail);
  expect(result.value.skipped.map(({ path }) => path)).toEqual(['ns/default/services/web.json']);
  expect(result.value.set.policies).toHaveLength(2);
  for (const path of ['settings.json', 'authorities/n1.json']) {
    expect(() => mesh.publishTargets(second, [{ ...strange, path }])).toThrow(path);
  }
});

test('malformed files of any shape are refused, never thrown', async () => {
  const deep = Buffer.from(`${'['.repeat(8_000)}${']'.repeat(8_000)}`);
  const shapes = ['', '{}', 'null', '[]', '{"signed":{"_type":"timestamp"}}', '\u0000'];
  for (const bytes of [...shapes.map((text) => Buffer.from(text)), deep, Buffer.from([0xff])]) {
    expect(await reasonOf(offer(second, { timestamp: bytes }))).toBe('malformed');
    expect(await reasonOf(offer(second, { roots: [bytes] }))).toBe('malformed');
    expect(await reasonOf(offer(second, { snapshot: bytes }))).toBe('mix-and-match');
  }
});

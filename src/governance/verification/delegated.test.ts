import { expect, test } from 'bun:test';
import { MetaFile } from '@tufjs/models';
import type { Namespace } from '../../core/index.ts';
import { scratchDirs } from '../../platform/index.ts';
import { type DraftParams, refreshTimestamp } from '../change/index.ts';
import { MAX_DELEGATIONS, MAX_LIST_TARGETS, MAX_VERSION } from '../limits.ts';
import {
  type DelegatedRole,
  encodeMetadata,
  makeTargets,
  openRepository,
  parseTargets,
  type Signers,
  sign,
  type TrustFiles,
  type TrustOffer,
} from '../repository/index.ts';
import { encodeTarget } from '../resources/index.ts';
import {
  enacted,
  listSignedBy,
  makeAuthority,
  offer,
  opened,
  person,
  proposed,
  publishedByLiar,
  signers,
  TestMesh,
} from '../testing/index.ts';
import { verifyTrust } from './verify-trust.ts';

/** Attacks on the lists of teams, by a peer that holds every file ever published, and by a liar online. */
const mesh = new TestMesh();
const now = Date.now();
const { online } = mesh.n1;
const governor = person('governor', mesh.governor);
const [ann, ben, stranger] = [person('ann'), person('ben'), person('stranger')];
const payments = 'payments' as Namespace;
const ROLE = 'ns.payments';

const target = (text: string, namespace: string = payments) =>
  encodeTarget(
    {
      kind: 'Policy',
      policy: {
        name: 'rule',
        text: `permit(principal, action, resource); // ${text}`,
        ...(namespace === 'none' ? {} : { namespace: namespace as Namespace }),
      },
    },
    mesh.trustDomain,
  );
const teamChange = (held: TrustFiles, draft: Partial<DraftParams>): TrustFiles =>
  enacted(held, draft, [ann, ben], online);

const delegations = [{ namespace: payments, to: signers(2, ann, ben) }];
const first = enacted(mesh.founded, { delegations }, [governor, ann, ben], online);
const second = teamChange(first, { put: [target('2')] });
const third = teamChange(second, { put: [target('3')] });

async function judged(offered: TrustOffer, held: TrustFiles | undefined, at = now) {
  const anchor = held === undefined ? { pinnedRootSha256: mesh.pin } : { held: opened(held) };
  return await verifyTrust({ ...anchor, offered, scratch: scratchDirs(), now: at });
}

async function reasonOf(offered: TrustOffer, held: TrustFiles | 'none' = second, at = now) {
  const result = await judged(offered, held === 'none' ? undefined : held, at);
  return result.ok ? 'accepted' : result.error.reason;
}

async function accepted(offered: TrustOffer, held?: TrustFiles) {
  const result = await judged(offered, held);
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.detail}`);
  return result.value;
}

/** `files` with another list of the team, named by a liar online. */
const withList = (files: TrustFiles, list: Uint8Array, contents: readonly Uint8Array[] = []) =>
  publishedByLiar(files, online, { delegated: new Map([[ROLE, list]]), contents });

test('a team’s change is believed by who joins and by who holds the one before', async () => {
  for (const held of [undefined, first, second]) {
    const { set, repository } = await accepted(offer(third), held);
    expect(set.lists.map(({ role, version }) => [role, version])).toEqual([
      ['targets', 2],
      [ROLE, 3],
    ]);
    expect(set.policies.map(({ text, since }) => [text.slice(-1), since])).toEqual([
      ['3', 'payments/3'],
    ]);
    expect(repository.files).toEqual(third);
  }
});

test('an offer brings of the lists only what the asker lacks', async () => {
  const { roots: _, targets: __, ...changed } = offer(third);
  const lean = await accepted({ ...changed, roots: [] }, second);
  expect(lean.repository.files).toEqual(third);
  const renewed = refreshTimestamp(opened(third), online, now);
  const pulse = { roots: [], timestamp: renewed.timestamp, delegated: new Map(), contents: [] };
  const kept = await accepted(pulse, third);
  expect(kept.repository.files).toEqual(renewed);
  expect(kept.set.digest).toBe(lean.set.digest);
});

test('arbitrary change: a list that too few of the team signed, whoever else did', async () => {
  const { path, bytes } = target('evil');
  for (const people of [[], [ann], [ann, ann], [ann, stranger], [ann, governor], [governor]]) {
    const list = listSignedBy(
      people.map(({ signer }) => signer),
      4,
      [{ path, bytes }],
    );
    expect(await reasonOf(offer(withList(third, list, [bytes])))).toBe('wrong-signature');
  }
  const online2 = listSignedBy([ann.signer, online], 4, [{ path, bytes }]);
  expect(await reasonOf(offer(withList(third, online2, [bytes])))).toBe('wrong-signature');
});

test('rollback: an older list of a team under a newer snapshot', async () => {
  const older = publishedByLiar(third, online, { delegated: second.delegated });
  expect(await reasonOf(offer(older), third)).toBe('rollback');
});

test('rollback behind a rotation: forgetting online versions does not forget a team’s', async () => {
  const n2 = makeAuthority('n2');
  const put = [encodeTarget({ kind: 'Authority', authority: n2.target }, mesh.trustDomain)];
  const both = enacted(third, { put }, [governor], online);
  const alone = enacted(both, { remove: ['authorities/n1.json'] }, [governor], n2.online);
  expect(await reasonOf(offer(alone, { roots: alone.roots.slice(2) }), both)).toBe('accepted');
  const { delegated, contents } = second;
  const older = publishedByLiar(alone, n2.online, { delegated, contents: [...contents.values()] });
  expect(await reasonOf(offer(older, { roots: alone.roots.slice(2) }), both)).toBe('rollback');
});

test('mix and match: a list is what the snapshot names, in bytes and in number', async () => {
  expect(await reasonOf(offer(third, { delegated: second.delegated }))).toBe('mix-and-match');
  expect(await reasonOf(offer(third, { delegated: second.delegated }), 'none')).toBe(
    'mix-and-match',
  );
  const meta = new MetaFile({ version: 9, length: 1, hashes: { sha256: '00'.repeat(32) } });
  const named = publishedByLiar(third, online, {
    delegated: new Map(),
    named: { [`${ROLE}.json`]: meta },
  });
  expect(await reasonOf(offer({ ...named, delegated: third.delegated }))).toBe('mix-and-match');
});

test('a delegation that is there has its list, in the snapshot and at hand', async () => {
  expect(await reasonOf(offer(third, { delegated: new Map() }))).toBe('mix-and-match');
  expect(await reasonOf(offer(third, { delegated: new Map() }), 'none')).toBe('mix-and-match');
  const unnamed = publishedByLiar(third, online, { delegated: new Map() });
  const whole = offer({ ...unnamed, delegated: third.delegated });
  expect(await reasonOf(whole, 'none')).toBe('mix-and-match');
  expect(await reasonOf(whole)).toBe('rollback'); // TUF section 5.5.5: what was named stays named
});

test('a list of a team that nothing hands anything to is passed over', async () => {
  const list = listSignedBy([stranger.signer], 1, [target('evil', 'other')]);
  const delegated = new Map<DelegatedRole, Uint8Array>([...third.delegated, ['ns.other', list]]);
  const liar = publishedByLiar(third, online, { delegated });
  const { set, repository } = await accepted(offer(liar), third);
  expect(set.lists).toHaveLength(2);
  expect([...repository.files.delegated.keys()]).toEqual([ROLE]);
});

test('expiry: a team that sleeps stops nobody, governors that sleep stop updates', async () => {
  const YEAR_MS = 365 * 86_400_000;
  const stale = listSignedBy([ann.signer, ben.signer], 4, [], { now: now - 2 * YEAR_MS });
  const { set } = await accepted(offer(withList(third, stale)), third);
  expect(set.lists[1]?.expiresAtMs).toBeLessThan(now);
  const old = new TestMesh(now - 2 * YEAR_MS, mesh.trustDomain);
  expect(old.founded.roots).toHaveLength(1);
  expect(await reasonOf(offer(third), second, now + 2 * YEAR_MS)).toBe('expired');
});

test('foreign paths count nowhere, and are told', async () => {
  const [own, other, wide] = [target('own'), target('other', 'shop'), target('wide', 'none')];
  const settings = { path: 'settings.json', bytes: Buffer.from('{}') };
  const deep = { path: 'ns/payments/policies/deep/rule.cedar', bytes: own.bytes };
  const targets = [own, other, wide, settings, deep];
  const list = listSignedBy([ann.signer, ben.signer], 4, targets);
  const contents = targets.map(({ bytes }) => bytes);
  const { set, skipped } = await accepted(offer(withList(third, list, contents)), third);
  expect(set.policies.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
    'payments/rule',
  ]);
  expect(skipped.map(({ path }) => path).sort()).toEqual([
    'ns/payments/policies/deep/rule.cedar',
    'ns/shop/policies/rule.cedar',
    'policies/rule.cedar',
    'settings.json',
  ]);
});

/** The governors' list with anything in it, signed and published, and refused by no honest authority's check. */
function governed(build: (targets: ReturnType<typeof makeTargets>) => void, files = third) {
  const list = makeTargets({ version: 3, targets: heldTargets(files), now });
  build(list);
  sign(list, mesh.governor);
  return publishedByLiar(files, online, { targets: encodeMetadata(list) });
}

const heldTargets = (files: TrustFiles) =>
  Object.entries(opened(files).targets.signed.targets).map(([path, { hashes }]) => ({
    path,
    bytes: files.contents.get(hashes.sha256 ?? '') ?? new Uint8Array(),
  }));

function delegating(change: (role: Record<string, unknown>, all: Record<string, unknown>) => void) {
  const { delegations: own } = opened(third).targets.signed;
  return governed((list) => {
    const json = JSON.parse(JSON.stringify(own?.toJSON()));
    change(json.roles[0], json);
    Object.assign(list.signed.unrecognizedFields, { delegations: json });
  });
}

test('a delegation of another form than ours refuses the list, whoever signed it', async () => {
  expect(await reasonOf(offer(delegating(() => undefined)))).toBe('accepted');
  const forms: ((role: Record<string, unknown>, all: Record<string, unknown>) => void)[] = [
    (role) => Object.assign(role, { terminating: false }),
    (role) => Object.assign(role, { paths: ['*'] }),
    (role) => Object.assign(role, { paths: ['ns/payments/*/*', 'ns/shop/*/*'] }),
    (role) => Object.assign(role, { name: 'ns.Pay' }),
    (role) => {
      delete role.paths;
      Object.assign(role, { path_hash_prefixes: ['00'] });
    },
    (_, all) => {
      delete all.roles;
      Object.assign(all, { succinct_roles: SUCCINCT });
    },
  ];
  for (const form of forms) expect(await reasonOf(offer(delegating(form)))).toBe('malformed');
});

test('a threshold of zero is no delegation', () => {
  const text = Buffer.from(third.targets).toString();
  for (const threshold of [0, -1]) {
    const zero = text.replace('"threshold":2', `"threshold":${threshold}`);
    const read = parseTargets(Buffer.from(zero));
    expect(read.ok ? '' : read.error).toContain('threshold must be at least 1');
  }
});

const SUCCINCT = { keyids: [], threshold: 1, bit_length: 1, name_prefix: 'ns' };

test('one key under two names, or two spellings, cannot stand for two of a team', async () => {
  const twice = (keyid: string, publicKey: (hex: string) => string) =>
    delegating((role, all) => {
      const keys = all.keys as Record<string, { keyval: { public: string } }>;
      const [id = ''] = role.keyids as string[];
      const key = structuredClone(keys[id]);
      if (key === undefined) throw new Error('no key');
      key.keyval.public = publicKey(key.keyval.public);
      keys[keyid] = key;
      role.keyids = [id, keyid];
    });
  expect(await reasonOf(offer(twice('another-name', (hex) => hex)))).toBe('malformed');
  expect(await reasonOf(offer(twice('00'.repeat(32), (hex) => hex.toUpperCase())))).toBe(
    'malformed',
  );
});

test('a team may not hand on what it was given', async () => {
  const list = makeTargets({
    version: 4,
    targets: [],
    delegations: [{ namespace: payments, ...signers(1, stranger) }],
    now,
  });
  for (const { signer } of [ann, ben]) sign(list, signer);
  expect(await reasonOf(offer(withList(third, encodeMetadata(list))))).toBe('malformed');
});

test('endless data: delegations, lists and what they list are bounded', async () => {
  const team = (index: number): { namespace: Namespace } & Signers => ({
    namespace: `n${index}` as Namespace,
    ...signers(1, ann),
  });
  const many = Array.from({ length: MAX_DELEGATIONS + 1 }, (_, index) => team(index));
  const list = makeTargets({ version: 3, targets: [], delegations: many, now });
  sign(list, mesh.governor);
  const liar = publishedByLiar(third, online, { targets: encodeMetadata(list) });
  expect(await reasonOf(offer(liar))).toBe('malformed');
  const roles = many.map(({ namespace }) => [`ns.${namespace}`, new Uint8Array()] as const);
  expect(await reasonOf(offer(third, { delegated: new Map(roles) }))).toBe('too-large');
  const large = new Map([[ROLE, new Uint8Array(9 * 1_024 * 1_024)] as const]);
  expect(await reasonOf(offer(third, { delegated: large }))).toBe('too-large');
  const { bytes } = target('same');
  const long = Array.from({ length: MAX_LIST_TARGETS + 1 }, (_, index) => ({
    path: `ns/payments/policies/p${index}.cedar`,
    bytes,
  }));
  const full = listSignedBy([ann.signer, ben.signer], 4, long);
  expect(() => withList(third, full, [bytes])).toThrow('at most');
  const unread = { ...third, delegated: new Map([[ROLE, full] as const]) };
  expect(openRepository(unread)).toMatchObject({ ok: false, error: { reason: 'malformed' } });
});

test('fast-forward: numbers that a liar burned come back when its key is taken out', async () => {
  const n2 = makeAuthority('n2');
  const put = [encodeTarget({ kind: 'Authority', authority: n2.target }, mesh.trustDomain)];
  const both = enacted(third, { put }, [governor], online);
  const meta = new MetaFile({ version: MAX_VERSION, length: 1, hashes: {} });
  const burnt = publishedByLiar(both, n2.online, { named: { 'ns.shop.json': meta } });
  expect(await reasonOf(offer(burnt, { roots: [] }), both)).toBe('accepted');
  const shop = { delegations: [{ namespace: 'shop' as Namespace, to: signers(1, ann) }] };
  expect(() => proposed(burnt, shop)).toThrow('is the last one');
  const healed = enacted(burnt, { remove: ['authorities/n2.json'] }, [governor], online);
  expect(await reasonOf(offer(healed, { roots: healed.roots.slice(-1) }), burnt)).toBe('accepted');
  const handed = enacted(healed, shop, [governor, ann], online);
  expect(await reasonOf(offer(handed, { roots: [] }), healed)).toBe('accepted');
});

test('equal digest, equal rules: it covers who may sign, and no date', async () => {
  const digestOf = async (files: TrustFiles) => (await accepted(offer(files))).set.digest;
  const dan = person('dan');
  const to = (team: Signers) =>
    enacted(third, { delegations: [{ namespace: payments, to: team }] }, [governor], online);
  const [more, fewer] = [to(signers(2, ann, ben, dan)), to(signers(1, ann, ben, dan))];
  const digests = await Promise.all([third, more, fewer].map(digestOf));
  expect(new Set(digests).size).toBe(3);
  expect(await digestOf(refreshTimestamp(opened(third), online, now))).toBe(digests[0] ?? '');
});

test('mix-and-match: a list in the place of another one that the same people may sign', async () => {
  const shop = 'shop' as Namespace;
  const handed = { delegations: [{ namespace: shop, to: signers(2, ann, ben) }] };
  const held = enacted(third, handed, [governor, ann, ben], online);
  const mine = held.delegated.get(ROLE) ?? new Uint8Array();
  const swapped = new Map([[ROLE, mine] as const, ['ns.shop', mine] as const]);
  const lie = publishedByLiar(held, online, { delegated: swapped });
  expect(await reasonOf(offer(lie), held)).toBe('mix-and-match');

  const own = { delegations: [{ namespace: payments, to: signers(1, governor) }] };
  const governed = enacted(third, own, [governor], online);
  const targets = listSignedBy([governor.signer], 9, []);
  const top = publishedByLiar(governed, online, { targets });
  expect(await reasonOf(offer(top), governed)).toBe('mix-and-match');
});

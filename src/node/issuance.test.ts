import { beforeEach, expect, test } from 'bun:test';
import { nodeSpiffeId, type SpiffeId, workloadSpiffeId } from '../core/index.ts';
import {
  certificateDer,
  createCsr,
  generatePrivateKey,
  publicKeyOf,
  publicKeySha256,
  verifySvid,
} from '../crypto/index.ts';
import { verifyCredential } from '../identity/index.ts';
import type { Gossip, Peer } from '../ports/index.ts';
import { GossipNetwork, visitsOver } from '../ports/testing/index.ts';
import { authorityTarget } from './init-node.ts';
import { Issuance, NEXT_AUTHORITY_MS } from './issuance.ts';
import { IssuanceDesk } from './issuance-desk.ts';
import { WORKLOAD_ISSUANCE } from './issuance-limits.ts';
import { IssuancePermission } from './issuance-permission.ts';
import { CREDENTIAL_PROTOCOL, encodeJson, SVID_PROTOCOL } from './issuance-wire.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

const HOUR_MS = 3_600_000;

let mesh: TestMesh;
let network: GossipNetwork;
beforeEach(async () => {
  mesh = await TestMesh.found();
  network = new GossipNetwork();
  await mesh.apply([registration('web', 'any'), registration('vault', ['n1', 'n3'])]);
});

const spiffeId = (name: string) => workloadSpiffeId(mesh.trustDomain, 'default' as never, name);

const registration = (name: string, nodes: 'any' | readonly string[]) =>
  ({
    kind: 'Registration',
    registration: {
      key: `default/${name}`,
      spiffeId: spiffeId(name),
      nodes: nodes as never, // labels, by inspection
      selectors: { uid: 'node' },
    },
  }) as const;

/** When whoever asks here was attested. */
const ATTESTED_AT = Date.now();

interface Node {
  readonly issuance: Issuance;
  readonly gossip: Gossip;
  readonly member: TestMember;
}

/** A member that asks and answers; each other one is connected with it when `with` names it. */
async function node(member: TestMember, ...others: readonly Node[]): Promise<Node> {
  const gossip = network.join(member.name);
  const { clock, log, meter } = member;
  const trust = () => member.trust.current();
  const membershipOf = (peer: Peer) => membership(peer.name);
  const permission = new IssuancePermission({ clock, log, meter, trust, membershipOf });
  const bundle = () => member.role.bundle();
  const issuer = (id: SpiffeId) => member.role.issuer(id);
  new IssuanceDesk({ gossip, trust, bundle, permission, issuer, clock });
  const issuance = new Issuance({
    node: member.name,
    clock: member.clock,
    log: member.log,
    gossip,
    members: { ...visitsOver(gossip), nearestFirst: (names) => names.toReversed() }, // n3 before n1
    trust,
    bundle,
    issuer,
  });
  for (const other of others) await gossip.dial(other.gossip.self, []);
  return { issuance, gossip, member };
}

/** What the doorkeeper would say: a member with its first epoch, or the reason set by a test. */
let refused: Map<string, string>;
beforeEach(() => {
  refused = new Map();
});
function membership(name: string) {
  const reason = refused.get(name);
  if (reason !== undefined) return { ok: false, error: reason } as const;
  const member = mesh.members.find((one) => one.name === name);
  if (member === undefined) throw new Error(`who is ${name}?`);
  const value = {
    node: member.name,
    publicKey: member.publicKey,
    epoch: 1,
    locality: 'eu/1',
    spiffeId: nodeSpiffeId(mesh.trustDomain, member.name),
  };
  return { ok: true, value: value as never } as const; // only these are read
}

async function request(name: string) {
  const key = generatePrivateKey('p256');
  return { key, csr: createCsr(key, spiffeId(name)) };
}

test('an authority signs for its own workloads', async () => {
  const n1 = await node(mesh.n1);
  const { csr, key } = await request('web');
  const { chainPem, notAfter } = await n1.issuance.svid(spiffeId('web'), csr, ATTESTED_AT);
  const now = mesh.clock.now();
  const checked = verifySvid(certificateDer(chainPem[0] ?? ''), mesh.n1.role.bundle(), { now });
  expect(checked).toMatchObject({
    ok: true,
    value: { spiffeId: spiffeId('web'), publicKeySha256: publicKeySha256(publicKeyOf(key)) },
  });
  expect(notAfter - now).toBeWithin(HOUR_MS - 2_000, HOUR_MS + 1);
});

test('any authority signs for a node that is none', async () => {
  const [m2, m3] = [await mesh.member('n2'), await mesh.member('n3')];
  await mesh.addAuthority(m3);
  const [n1, n3] = [await node(mesh.n1), await node(m3)];
  const n2 = await node(m2, n1, n3);
  for (const gone of [n1, n3]) {
    const { csr } = await request('web');
    const { chainPem } = await n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT);
    const [now, trustVersion] = [mesh.clock.now(), m2.trust.current().version];
    const checked = verifySvid(certificateDer(chainPem[0] ?? ''), m2.role.bundle(), { now });
    expect(checked).toMatchObject({ value: { node: 'n2', trustVersion } });
    await gone.gossip.stop();
  }
  const { csr } = await request('web');
  await expect(n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT)).rejects.toMatchObject({
    code: 'NO_IDENTITY_ISSUED',
    message:
      'no authority issued an identity (n3: peer peer-n3 is unreachable; n1: peer peer-n1 is unreachable)',
  });
});

test('a node that is connected with no authority dials one for its identities and its credential', async () => {
  const m2 = await mesh.member('n2');
  await node(mesh.n1);
  const n2 = await node(m2);
  const { csr } = await request('web');
  expect((await n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT)).chainPem).toHaveLength(1);
  await n2.gossip.disconnect('peer-n1');
  const own = { node: m2.name, publicKey: m2.publicKey, epoch: 1 };
  const credential = await n2.issuance.credential(own);
  const judged = verifyCredential(credential, m2.publicKey, m2.role.bundle(), mesh.clock.now());
  expect(judged.ok).toBe(true);
  expect(n2.issuance.problems()).toEqual([]);
});

test('an authority that may not sign for a workload, or for nodes, is not asked', async () => {
  const [m2, m3] = [await mesh.member('n2'), await mesh.member('n3')];
  const limited = { ...authorityTarget(m3.directory), namespaces: ['edge'] as never };
  await mesh.apply([{ kind: 'Authority', authority: limited }]);
  const [n1, n3] = [await node(mesh.n1), await node(m3)];
  const n2 = await node(m2, n1, n3);
  const { csr } = await request('web');
  const now = mesh.clock.now();
  const { chainPem } = await n2.issuance.svid(spiffeId('web'), csr, now);
  const bundle = m2.role.bundle();
  const checked = verifySvid(certificateDer(chainPem[0] ?? ''), bundle, { now });
  expect(checked).toMatchObject({ ok: true, value: { authorityKeySha256: mesh.n1.ca.keySha256 } });
  await n1.gossip.stop();
  const own = { node: m2.name, publicKey: m2.publicKey, epoch: 1 };
  const asks = [
    () => n2.issuance.svid(spiffeId('web'), csr, now),
    () => n2.issuance.credential(own),
  ];
  for (const ask of asks) {
    await expect(ask()).rejects.toMatchObject({
      message: 'no authority issued an identity (n1: peer peer-n1 is unreachable)',
    });
  }
});

test('an authority that does not answer holds nobody up for longer than a second', async () => {
  const [m2, m3] = [await mesh.member('n2'), await mesh.member('n3')];
  await mesh.addAuthority(m3);
  await node(mesh.n1);
  network.join('n3').serve(SVID_PROTOCOL, () => new Promise(() => undefined)); // asked first
  const n2 = await node(m2);
  const { csr } = await request('web');
  const svid = n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT);
  mesh.clock.advance(NEXT_AUTHORITY_MS);
  expect((await svid).chainPem).toHaveLength(1);
});

test('what one workload asks for too often stays on its node, and takes no other’s turn', async () => {
  const n2 = await node(await mesh.member('n2')); // which reaches no authority
  let asked = 0;
  n2.gossip.request = async () => {
    asked += 1;
    throw new Error('it is not reached');
  };
  const { csr } = await request('web');
  const ask = () => n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT).catch(String);
  const answers = await Promise.all(Array.from({ length: WORKLOAD_ISSUANCE.most + 100 }, ask));
  expect(answers.filter((answer) => String(answer).includes('too many'))).toHaveLength(100);
  expect(asked).toBeLessThanOrEqual(WORKLOAD_ISSUANCE.most);
});

test('that no authority issues is said for as long as it is so, and a minute longer', async () => {
  const n2 = await node(await mesh.member('n2'));
  const { csr } = await request('web');
  const ask = () => n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT).catch(String);
  await ask();
  const said = 'no authority issued an identity (n1: peer peer-n1 is unreachable)';
  expect(n2.issuance.problems()).toEqual([said]);
  mesh.clock.advance(59_000);
  expect(n2.issuance.problems()).toEqual([said]);
  mesh.clock.advance(1_000);
  expect(n2.issuance.problems()).toEqual([]); // nobody has asked since
  await ask();
  await node(mesh.n1);
  await ask();
  expect(n2.issuance.problems()).toEqual([]);
});

test('workloads that start together all get theirs, though an authority answers few of one node at a time', async () => {
  const n1 = await node(mesh.n1);
  const n2 = await node(await mesh.member('n2'), n1);
  let [running, most] = [0, 0];
  const ask = n2.gossip.request.bind(n2.gossip);
  n2.gossip.request = async (...question) => {
    running += 1;
    most = Math.max(most, running);
    return await ask(...question).finally(() => {
      running -= 1;
    });
  };
  const all = Array.from({ length: 30 }, async () => {
    const { csr } = await request('web');
    return await n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT);
  });
  expect(await Promise.all(all)).toHaveLength(30);
  expect(most).toBe(4);
});

test('an authority that lies or is silent is passed over, and said so in the log', async () => {
  const [m2, liar] = [await mesh.member('n2'), await mesh.member('n3')];
  await mesh.addAuthority(liar);
  const n1 = await node(mesh.n1);
  const lying = network.join('n3');
  const n2 = await node(m2, n1);
  await n2.gossip.dial(lying.self, []);
  const wrongKey = await request('web');
  const otherName = await request('vault');
  const issue = (spiffe: 'web' | 'vault', csrDer: Uint8Array, by: TestMember) =>
    by.ca.issue({
      csrDer,
      expected: spiffeId(spiffe),
      node: by.name,
      trustVersion: 2,
      lifeMs: HOUR_MS,
    });
  const answers = [
    await issue('web', wrongKey.csr, liar),
    await issue('vault', otherName.csr, liar),
    await issue('web', wrongKey.csr, m2), // m2's CA is not in force
  ].map((issued) => {
    if (!issued.ok) throw new Error(issued.error.detail);
    return encodeJson({ chainPem: issued.value.chainPem, notAfter: mesh.clock.now() + HOUR_MS });
  });
  answers.push(new TextEncoder().encode('not json'), encodeJson({ refused: 'I will not' }));
  for (const answer of answers) {
    lying.serve(SVID_PROTOCOL, async () => answer);
    for (let i = 0; i < 6; i++) {
      const { csr, key } = await request('web');
      const { chainPem } = await n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT);
      const now = mesh.clock.now();
      const facts = verifySvid(certificateDer(chainPem[0] ?? ''), m2.role.bundle(), { now });
      expect(facts).toMatchObject({
        value: { publicKeySha256: publicKeySha256(publicKeyOf(key)), spiffeId: spiffeId('web') },
      });
    }
    expect(m2.log.lines.at(-1)?.message).toBe('authority did not issue');
  }
});

test('when an identity ends is read from the certificate, not from what an authority says', async () => {
  const m2 = await mesh.member('n2');
  const lying = network.join('n1');
  const n2 = await node(m2);
  await n2.gossip.dial(lying.self, []);
  const { csr } = await request('web');
  lying.serve(SVID_PROTOCOL, async () => {
    const issued = await mesh.n1.ca.issue({
      csrDer: csr,
      expected: spiffeId('web'),
      node: m2.name,
      trustVersion: 2,
      lifeMs: HOUR_MS,
    });
    if (!issued.ok) throw new Error(issued.error.detail);
    return encodeJson({ chainPem: issued.value.chainPem, notAfter: Number.MAX_SAFE_INTEGER });
  });
  const { notAfter } = await n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT);
  expect(notAfter - mesh.clock.now()).toBeWithin(HOUR_MS - 2_000, HOUR_MS + 1);
});

test('an authority signs only what a registration allows on the node that asks', async () => {
  const [m2, m3] = [await mesh.member('n2'), await mesh.member('n3')];
  const n1 = await node(mesh.n1);
  const [n2, n3] = [await node(m2, n1), await node(m3, n1)];
  const { csr } = await request('vault');
  await expect(n2.issuance.svid(spiffeId('vault'), csr, ATTESTED_AT)).rejects.toThrow(
    'no registration lets n2 have spiffe://shop.example/ns/default/sa/vault',
  );
  expect((await n3.issuance.svid(spiffeId('vault'), csr, ATTESTED_AT)).chainPem).toHaveLength(1);
  const { csr: nobody } = await request('nobody');
  await expect(n3.issuance.svid(spiffeId('nobody'), nobody, ATTESTED_AT)).rejects.toThrow(
    'no registration',
  );
  const { csr: web } = await request('web');
  await expect(n3.issuance.svid(spiffeId('vault'), web, ATTESTED_AT)).rejects.toThrow(
    'it asks for',
  );
});

test('a request that cannot be read is refused before anybody is asked', async () => {
  const n1 = await node(mesh.n1);
  await expect(
    n1.issuance.svid(spiffeId('web'), new Uint8Array(64), ATTESTED_AT),
  ).rejects.toMatchObject({
    code: 'CSR_REFUSED',
  });
  const { csr } = await request('vault');
  await expect(n1.issuance.svid(spiffeId('web'), csr, ATTESTED_AT)).rejects.toMatchObject({
    code: 'CSR_REFUSED',
  });
});

test('a member gets its next credential under the epoch and for the locality that it showed, whatever it asks for', async () => {
  const m2 = await mesh.member('n2');
  const n1 = await node(mesh.n1);
  const n2 = await node(m2, n1);
  const own = { node: m2.name, publicKey: m2.publicKey, epoch: 99 };
  const credential = await n2.issuance.credential(own);
  const judged = verifyCredential(credential, m2.publicKey, m2.role.bundle(), mesh.clock.now());
  expect(judged).toMatchObject({ value: { node: 'n2', epoch: 1, locality: 'eu/1' } });
});

test('who is no member any more gets none, even while it is connected', async () => {
  const m2 = await mesh.member('n2');
  const n1 = await node(mesh.n1);
  const n2 = await node(m2, n1);
  refused.set('n2', 'superseded: n2 has a newer key');
  const own = { node: m2.name, publicKey: m2.publicKey, epoch: 1 };
  await expect(n2.issuance.credential(own)).rejects.toThrow('superseded: n2 has a newer key');
  expect(mesh.n1.log.lines.at(-1)).toMatchObject({ message: 'identity refused to a node' });
  const { csr } = await request('web');
  const svid = n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT);
  await expect(svid).rejects.toThrow('superseded: n2 has a newer key');
  expect(mesh.n1.log.lines.at(-1)).toMatchObject({ message: 'identity refused to a node' });
});

test('a node that is no authority signs for nobody', async () => {
  const [m2, m3] = [await mesh.member('n2'), await mesh.member('n3')];
  const n2 = await node(m2);
  const n3 = await node(m3, n2);
  for (const protocol of [SVID_PROTOCOL, CREDENTIAL_PROTOCOL]) {
    const nowMs = mesh.clock.now();
    const asked = { spiffeId: spiffeId('web'), csr: '', attestedAtMs: ATTESTED_AT, nowMs };
    const answer = await n3.gossip.request(n2.gossip.self, protocol, encodeJson(asked), {
      timeoutMs: 1_000,
    });
    expect(new TextDecoder().decode(answer)).toBe('{"refused":"this node is no authority"}');
  }
});

test('an authority whose clock is far off signs for nobody, and asks another one for itself', async () => {
  const m3 = await mesh.member('n3');
  await mesh.addAuthority(m3);
  const n3 = await node(m3);
  const n1 = await node(mesh.n1, n3);
  mesh.n1.wrongClock = 'this host’s clock is 400 s behind the members’ median';
  const { csr } = await request('web');
  const { chainPem } = await n1.issuance.svid(spiffeId('web'), csr, ATTESTED_AT);
  const issuedBy = verifySvid(certificateDer(chainPem[0] ?? ''), m3.role.bundle(), {
    now: mesh.clock.now(),
  });
  expect(issuedBy.ok).toBe(true);
  await n3.gossip.stop();
  await expect(n1.issuance.svid(spiffeId('web'), csr, ATTESTED_AT)).rejects.toThrow(
    'n3: peer peer-n3 is unreachable',
  );
  const n2 = await node(await mesh.member('n2'), n1);
  await expect(n2.issuance.svid(spiffeId('web'), csr, ATTESTED_AT)).rejects.toThrow('400 s behind');
});

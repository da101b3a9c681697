import { beforeEach, expect, test } from 'bun:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { workloadSpiffeId } from '../core/index.ts';
import { DEFAULT_SETTINGS } from '../governance/index.ts';
import { TOKEN_LIFE_MS, UserTokens } from '../identity/index.ts';
import { TestIssuer } from '../identity/testing/index.ts';
import type { Gossip } from '../ports/index.ts';
import { GossipNetwork, visitsOver } from '../ports/testing/index.ts';
import { LoggingLedger } from '../telemetry/index.ts';
import { authorityTarget } from './init-node.ts';
import { Issuance } from './issuance.ts';
import { WORKLOAD_ISSUANCE } from './issuance-limits.ts';
import { IssuancePermission } from './issuance-permission.ts';
import { encodeJson } from './issuance-wire.ts';
import { type TestMember, TestMesh } from './testing/index.ts';
import { MAX_EXCHANGES, TokenIssuance } from './token-issuance.ts';
import { TokenJudge } from './token-judge.ts';
import { TokenRules } from './token-rules.ts';
import { TOKEN_PROTOCOL } from './token-wire.ts';

const MESH = 'https://tokens.shop.example';
const login = new TestIssuer();

let mesh: TestMesh;
let network: GossipNetwork;
beforeEach(async () => {
  mesh = await TestMesh.found();
  network = new GossipNetwork();
  await mesh.apply([
    { kind: 'MeshSettings', settings: { ...DEFAULT_SETTINGS, tokenIssuer: MESH } },
    registration('web', 'any'),
    registration('vault', ['n1']),
    authentication(login.authentication()),
    authentication(
      login.authentication({
        name: 'mesh',
        issuer: MESH,
        audiences: ['orders'],
        keys: [],
        ofMesh: true,
      }),
    ),
  ]);
});

const idOf = (name: string) => workloadSpiffeId(mesh.trustDomain, 'default' as never, name);
const registration = (name: string, nodes: 'any' | readonly string[]) =>
  ({
    kind: 'Registration',
    registration: {
      key: `default/${name}`,
      spiffeId: idOf(name),
      nodes: nodes as never, // labels, by inspection
      selectors: { uid: 'node' },
    },
  }) as const;
const authentication = (value: ReturnType<TestIssuer['authentication']>) =>
  ({ kind: 'RequestAuthentication', authentication: value }) as const;

interface Node {
  readonly tokens: TokenIssuance;
  readonly judge: TokenJudge;
  readonly gossip: Gossip;
  readonly member: TestMember;
}

/** A member that asks and answers for tokens, connected with `others`. */
async function node(member: TestMember, ...others: readonly Node[]): Promise<Node> {
  const gossip = network.join(member.name);
  const { clock, log, meter, random, role } = member;
  const membershipOf = (peer: { readonly name: string }) => {
    const one = mesh.members.find(({ name }) => name === peer.name);
    if (one === undefined) throw new Error(`who is ${peer.name}?`);
    return { ok: true, value: { node: one.name } as never } as const; // only this is read
  };
  const trust = () => member.trust.current();
  const permission = new IssuancePermission({ clock, log, meter, trust, membershipOf });
  const issuance = new Issuance({
    node: member.name,
    clock,
    log,
    gossip,
    trust,
    members: visitsOver(gossip),
    bundle: () => role.bundle(),
    issuer: (id) => role.issuer(id),
  });
  const users = new UserTokens({ clock, meter, log });
  const rules = () => new TokenRules(trust());
  users.configure(rules().authentications(() => [], clock.now()));
  const judge = new TokenJudge({ clock, meter, rules, users });
  const tokens = new TokenIssuance({
    node: member.name,
    gossip,
    issuance,
    permission,
    role,
    rules,
    judge,
    clock,
    random,
    log,
    meter,
    ledger: new LoggingLedger(log, meter),
  });
  for (const other of others) await gossip.dial(other.gossip.self, []);
  return { tokens, judge, gossip, member };
}

const wanted = (name: string, ...audiences: readonly string[]) => ({
  spiffeId: idOf(name),
  audiences,
  attestedAtMs: mesh.clock.now(),
});
async function tokenOf({ tokens }: Node, name: string, ...audiences: readonly string[]) {
  const svid = await tokens.jwtSvid(wanted(name, ...audiences));
  if (!svid.ok) throw new Error(svid.error);
  return svid.value.token;
}

test('an authority signs for its own workloads, and every member can check it', async () => {
  const n1 = await node(mesh.n1);
  const n2 = await node(await mesh.member('n2'));
  const token = await tokenOf(n1, 'vault', 'db');
  expect(decodeJwt(token)).toMatchObject({ iss: MESH, sub: idOf('vault'), aud: 'db' });
  for (const { judge } of [n1, n2]) {
    expect(await judge.check(token, 'db')).toMatchObject({ ok: true });
    expect(await judge.check(token, 'web')).toMatchObject({ error: { reason: 'wrong-audience' } });
  }
  const labels = { result: 'wrong-audience' };
  expect(n2.member.meter.value('selvage_jwt_svids_checked_total', labels)).toBe(1);
});

test('a node that is no authority asks one, and gets only what registrations allow on it', async () => {
  const n1 = await node(mesh.n1);
  const n2 = await node(await mesh.member('n2'), n1);
  expect(await n1.judge.check(await tokenOf(n2, 'web', 'db'), 'db')).toMatchObject({ ok: true });
  for (const name of ['vault', 'nobody']) {
    await expect(n2.tokens.jwtSvid(wanted(name, 'db'))).rejects.toMatchObject({
      code: 'NO_IDENTITY_ISSUED',
      message: `no authority issued an identity (n1: no registration lets n2 have ${idOf(name)})`,
    });
  }
});

test('a token is held until half of its life, apart for each audience', async () => {
  const n1 = await node(mesh.n1);
  const first = await tokenOf(n1, 'web', 'db');
  expect(await tokenOf(n1, 'web', 'db')).toBe(first);
  expect(await tokenOf(n1, 'web', 'cache')).not.toBe(first);
  mesh.clock.advance(TOKEN_LIFE_MS / 2 - 2_000);
  expect(await tokenOf(n1, 'web', 'db')).toBe(first);
  mesh.clock.advance(4_000);
  expect(await tokenOf(n1, 'web', 'db')).not.toBe(first);
});

test('those who ask at once share one question', async () => {
  const n1 = await node(mesh.n1);
  const n2 = await node(await mesh.member('n2'), n1);
  const all = await Promise.all(Array.from({ length: 20 }, () => tokenOf(n2, 'web', 'db')));
  expect(new Set(all).size).toBe(1);
});

test('audiences that are none are refused before anybody is asked', async () => {
  const n2 = await node(await mesh.member('n2'));
  for (const audiences of [[], ['a b'], ['a', 'b', 'c', 'd', 'e']]) {
    expect(await n2.tokens.jwtSvid(wanted('web', ...audiences))).toMatchObject({ ok: false });
  }
});

test('an authority that is limited names the workloads of its namespaces only', async () => {
  const n3 = await mesh.member('n3');
  const namespaces = ['other'] as never; // labels, by inspection
  const authority = { ...authorityTarget(n3.directory), namespaces };
  await mesh.apply([{ kind: 'Authority', authority }]);
  const own = await node(n3);
  await expect(own.tokens.jwtSvid(wanted('web', 'db'))).rejects.toMatchObject({
    code: 'NO_IDENTITY_ISSUED',
  });
});

test('an authority that is not limited is preferred: those outside believe no other', async () => {
  const n3 = await mesh.member('n3');
  const namespaces = ['default'] as never; // labels, by inspection
  const authority = { ...authorityTarget(n3.directory), namespaces };
  await mesh.apply([{ kind: 'Authority', authority }]);
  const kidOf = (member: TestMember) => authorityTarget(member.directory).tokenKeys[0]?.kid;
  const signedBy = async (limited: Node) =>
    decodeProtectedHeader(await tokenOf(limited, 'web', 'db')).kid;
  expect(await signedBy(await node(n3))).toBe(kidOf(n3)); // which reaches no other
  const n1 = await node(mesh.n1);
  expect(await signedBy(await node(n3, n1))).toBe(kidOf(mesh.n1));
});

test('what was started before its identity was revoked gets no token, nor one that was held', async () => {
  const n1 = await node(mesh.n1);
  const before = wanted('web', 'db');
  const held = await tokenOf(n1, 'web', 'db');
  const beforeMs = Math.floor(mesh.clock.now() / 1_000) * 1_000;
  const revocation = { kind: 'workload', spiffeId: idOf('web'), beforeMs } as const;
  await mesh.apply([
    { kind: 'Revocation', revocation: { name: 'web', reason: 'stolen', ...revocation } },
  ]);
  n1.tokens.follow();
  mesh.clock.jump(beforeMs + 2_000);
  expect(await n1.judge.check(held, 'db')).toMatchObject({ error: { reason: 'revoked' } });
  const refused = n1.tokens.jwtSvid({ ...before, attestedAtMs: beforeMs });
  await expect(refused).rejects.toMatchObject({ code: 'NO_IDENTITY_ISSUED' });
  const labels = { kind: 'jwt-svid', result: 'revoked' };
  expect(mesh.n1.meter.value('selvage_identities_issued_total', labels)).toBe(1);
  expect(await n1.judge.check(await tokenOf(n1, 'web', 'db'), 'db')).toMatchObject({ ok: true });
});

test('a token is shared with younger processes of the workload, and never with an older one', async () => {
  const n1 = await node(mesh.n1);
  const since = async (attestedAtMs: number) => {
    const svid = await n1.tokens.jwtSvid({ ...wanted('web', 'db'), attestedAtMs });
    return svid.ok ? svid.value.token : svid.error;
  };
  const now = mesh.clock.now();
  const first = await since(now - 500);
  expect(await since(now - 100)).toBe(first);
  expect(await since(now - 900)).not.toBe(first);
});

test('a token is exchanged by way of a node that is no authority, for any workload that proves itself', async () => {
  const n1 = await node(mesh.n1);
  const n2 = await node(await mesh.member('n2'), n1);
  const subjectToken = await tokenOf(n1, 'vault', MESH); // registered for n1 alone
  const given = await n2.tokens.exchange({ kind: 'workload', subjectToken, audience: 'cloud' });
  expect(given?.ok).toBe(true);
  const actorToken = await tokenOf(n1, 'vault', MESH);
  const user = await n2.tokens.exchange({
    kind: 'user',
    actorToken,
    audience: 'orders',
    subjectToken: await login.token(mesh.clock.now()),
  });
  expect(user?.ok === true && decodeJwt(user.value.token)).toMatchObject({
    sub: `${login.issuer}|anna`,
    act: { sub: idOf('vault') },
  });
});

test('an authority believes no node that hands on an exchange', async () => {
  const n1 = await node(mesh.n1);
  const n2 = await node(await mesh.member('n2'), n1);
  const ask = async (request: object) => {
    const question = { request: { kind: 'exchange', request }, nowMs: mesh.clock.now() };
    const bytes = encodeJson(question);
    const options = { timeoutMs: 1_000 };
    const answer = await n2.gossip.request(n1.gossip.self, TOKEN_PROTOCOL, bytes, options);
    return JSON.parse(new TextDecoder().decode(answer));
  };
  const forged = await new TestIssuer().token(mesh.clock.now());
  const actorToken = await tokenOf(n1, 'vault', MESH);
  const audience = 'orders';
  for (const request of [
    { kind: 'workload', subjectToken: forged, audience },
    { kind: 'user', subjectToken: forged, actorToken, audience },
    {
      kind: 'user',
      subjectToken: await login.token(mesh.clock.now()),
      actorToken,
      audience: 'bank',
    },
  ]) {
    expect(await ask(request)).toMatchObject({ refused: expect.any(String) });
  }
  await expect(ask({ kind: 'user', subjectToken: forged, audience })).rejects.toThrow();
});

test('only so many exchanges are judged at a time', async () => {
  const { tokens } = await node(mesh.n1);
  const request = { kind: 'workload', subjectToken: 'a', audience: 'cloud' } as const;
  const all = Array.from({ length: MAX_EXCHANGES + 1 }, () => tokens.exchange(request));
  const answers = await Promise.all(all);
  expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
  expect(await tokens.exchange(request)).toMatchObject({ ok: false });
});

test('a token that comes after its identity was revoked is not held', async () => {
  const n1 = await node(mesh.n1);
  const underWay = n1.tokens.jwtSvid(wanted('web', 'db'));
  n1.tokens.follow();
  const first = await underWay;
  expect(first.ok && (await tokenOf(n1, 'web', 'db')) !== first.value.token).toBe(true);
});

test('tokens that one workload asks for too often are refused on its node, and no other’s', async () => {
  const n1 = await node(mesh.n1);
  const ask = (nth: number) => n1.tokens.jwtSvid(wanted('web', `to-${nth}`)).catch(String);
  const most = WORKLOAD_ISSUANCE.most;
  const answers = await Promise.all(Array.from({ length: most + 10 }, (_, nth) => ask(nth)));
  expect(answers.filter((answer) => String(answer).includes('too many'))).toHaveLength(10);
  expect(await n1.tokens.jwtSvid(wanted('web', 'to-1'))).toMatchObject({ ok: true }); // it is held
  expect(await tokenOf(n1, 'vault', 'db')).toBeString();
});

test('exchanges that one workload asks for too often are put off, and no other’s', async () => {
  const n1 = await node(mesh.n1);
  const requestOf = async (name: string) => {
    const subjectToken = await tokenOf(n1, name, MESH);
    return { kind: 'workload', subjectToken, audience: 'cloud' } as const;
  };
  const [web, vault] = [await requestOf('web'), await requestOf('vault')];
  for (let nth = 1; nth < WORKLOAD_ISSUANCE.most; nth += 1) await n1.tokens.exchange(web);
  expect(await n1.tokens.exchange(web)).toBeUndefined();
  expect(await n1.tokens.exchange(vault)).toMatchObject({ ok: true });
});

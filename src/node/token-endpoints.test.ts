import { beforeEach, describe, expect, test } from 'bun:test';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { workloadSpiffeId } from '../core/index.ts';
import { DEFAULT_SETTINGS } from '../governance/index.ts';
import { TOKEN_TYPES } from '../identity/index.ts';
import { TestIssuer } from '../identity/testing/index.ts';
import { threadProcessorMs } from '../platform/index.ts';
import { GossipNetwork, visitsOver } from '../ports/testing/index.ts';
import { LoggingLedger } from '../telemetry/index.ts';
import { Issuance } from './issuance.ts';
import { IssuancePermission } from './issuance-permission.ts';
import { type TestMember, TestMesh } from './testing/index.ts';
import { TokenEndpoints } from './token-endpoints.ts';
import { TokenPlane } from './token-plane.ts';

const ISSUER = 'https://tokens.shop.example/mesh';
const login = new TestIssuer();
let mesh: TestMesh;
let plane: TokenPlane;
let endpoints: TokenEndpoints;

beforeEach(async () => {
  mesh = await TestMesh.found();
  const spiffeId = webId();
  const selectors = { uid: 'node' } as const;
  const authentication = login.authentication();
  await mesh.apply([
    {
      kind: 'Registration',
      registration: { key: 'default/web', spiffeId, nodes: 'any', selectors },
    },
    { kind: 'RequestAuthentication', authentication },
    { kind: 'RequestAuthentication', authentication: ofMesh('orders') },
    { kind: 'MeshSettings', settings: { ...DEFAULT_SETTINGS, tokenIssuer: ISSUER } },
  ]);
  plane = planeOf(mesh.n1);
  const { clock, log, meter, role } = mesh.n1;
  endpoints = new TokenEndpoints({ plane, bundle: () => role.bundle(), clock, log, meter });
});

const webId = () => workloadSpiffeId(mesh.trustDomain, 'default' as never, 'web'); // a label
const ofMesh = (...audiences: readonly string[]) =>
  login.authentication({ name: 'mesh', issuer: ISSUER, audiences, keys: [], ofMesh: true });

function planeOf({ name, clock, log, meter, random, role, trust }: TestMember): TokenPlane {
  const gossip = new GossipNetwork().join(name);
  const membershipOf = () => ({ ok: false, error: 'nobody is' }) as const;
  const current = () => trust.current();
  return new TokenPlane({
    node: name,
    clock,
    log,
    meter,
    random,
    role,
    trust,
    gossip,
    permission: new IssuancePermission({ clock, log, meter, trust: current, membershipOf }),
    issuance: new Issuance({
      node: name,
      clock,
      log,
      gossip,
      trust: current,
      members: visitsOver(gossip),
      bundle: () => role.bundle(),
      issuer: (id) => role.issuer(id),
    }),
    ledger: new LoggingLedger(log, meter),
    ask: async () => '{"keys":[]}',
  });
}

const get = (path: string, method = 'GET') =>
  endpoints.answer(new Request(`https://localhost/mesh${path}`, { method }));
const post = (fields: Record<string, string>) =>
  endpoints.answer(
    new Request('https://localhost/mesh/token', {
      method: 'POST',
      body: new URLSearchParams(fields),
    }),
  );
/** As whoever reads it takes it: by the names of its fields. */
const json = async (response: Response) => JSON.parse(await response.text());
const counted = (endpoint: string, result: string) =>
  mesh.n1.meter.value('selvage_token_requests_total', { endpoint, result });

async function svid(...audiences: readonly string[]): Promise<string> {
  const attestedAtMs = mesh.clock.now();
  const signed = await plane.issuance.jwtSvid({ spiffeId: webId(), audiences, attestedAtMs });
  if (!signed.ok) throw new Error(signed.error);
  return signed.value.token;
}
const exchange = async (over: Record<string, string> = {}) => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: await svid(ISSUER),
  subject_token_type: TOKEN_TYPES.workload.issued,
  audience: 'https://cloud.example',
  ...over,
});

describe('a stranger', () => {
  test('verifies a token with nothing but the issuer’s address', async () => {
    const discovery = await json(await get('/.well-known/openid-configuration'));
    expect(discovery.issuer).toBe(ISSUER);
    const path = discovery.jwks_uri.replace('https://tokens.shop.example/mesh', '');
    const keys = createLocalJWKSet(await json(await get(path)));
    const wanted = { issuer: discovery.issuer, audience: 'https://cloud.example' };
    const algorithms = discovery.id_token_signing_alg_values_supported;
    const token = await svid('https://cloud.example');
    const { payload } = await jwtVerify(token, keys, { ...wanted, algorithms });
    expect(payload.sub).toBe(webId());
    await expect(jwtVerify(token, keys, { ...wanted, audience: 'other' })).rejects.toThrow();
  });

  test('reads the SPIFFE bundle: certificates without, token keys with a name, and a number that grows', async () => {
    const before = await json(await get('/bundle'));
    const [certificate, tokenKey] = before.keys;
    expect(certificate).toMatchObject({ use: 'x509-svid', kty: 'EC', x5c: [expect.any(String)] });
    expect(certificate.kid).toBeUndefined();
    expect(tokenKey).toMatchObject({ use: 'jwt-svid', kid: expect.any(String), crv: 'P-256' });
    expect(before.spiffe_refresh_hint).toBeGreaterThan(0);
    await mesh.addAuthority(await mesh.member('n2'));
    plane.follow();
    const after = await json(await get('/bundle'));
    expect(after.keys).toHaveLength(4);
    expect(after.spiffe_sequence).toBeGreaterThan(before.spiffe_sequence);
  });

  test('finds nothing else, and no other method', async () => {
    for (const path of ['', '/', '/metrics', '/keys/', '/../keys', '/constructor', '/__proto__']) {
      expect((await get(path)).status).toBe(404);
    }
    expect((await endpoints.answer(new Request('https://localhost/keys'))).status).toBe(404);
    expect([(await get('/keys', 'POST')).status, (await get('/token')).status]).toEqual([405, 405]);
  });
});

test('without an issuer in force nothing is answered', async () => {
  await mesh.apply([{ kind: 'MeshSettings', settings: DEFAULT_SETTINGS }]);
  plane.follow();
  expect((await get('/keys')).status).toBe(503);
  expect(decodeJwt(await svid('db')).iss).toBeUndefined();
});

describe('an exchange', () => {
  test('gives a workload a token for another audience', async () => {
    const response = await post(await exchange());
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const answer = await json(response);
    expect(answer).toMatchObject({
      issued_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_type: 'N_A',
      expires_in: expect.any(Number),
    });
    expect(decodeJwt(answer.access_token)).toMatchObject({
      iss: ISSUER,
      sub: webId(),
      aud: 'https://cloud.example',
    });
    expect(counted('token', 'answered')).toBe(1);
  });

  test('gives a workload that acts for a person a token of the person', async () => {
    const actor = {
      actor_token: await svid(ISSUER),
      actor_token_type: TOKEN_TYPES.workload.issued,
    };
    const subject_token = await login.token(mesh.clock.now());
    const subject_token_type = 'urn:ietf:params:oauth:token-type:access_token';
    const person = { ...actor, subject_token, subject_token_type };
    const response = await post(await exchange({ ...person, audience: 'orders' }));
    const answer = await json(response);
    expect(answer).toMatchObject({ token_type: 'Bearer', issued_token_type: subject_token_type });
    expect(decodeJwt(answer.access_token)).toMatchObject({
      iss: ISSUER,
      sub: `${login.issuer}|anna`,
      aud: 'orders',
      act: { sub: webId() },
    });
    expect((await post(await exchange(person))).status).toBe(400);
    expect(counted('token', 'invalid_target')).toBe(1);
  });

  test('that is refused says why by the words of the RFC, and no log has a token', async () => {
    const wrong = await svid('other');
    const response = await post(await exchange({ subject_token: wrong }));
    expect(response.status).toBe(400);
    expect(await json(response)).toEqual({
      error: 'invalid_request',
      error_description: 'JWT-SVID: wrong-audience',
    });
    expect(counted('token', 'invalid_request')).toBe(1);
    const lines = JSON.stringify(mesh.n1.log.lines);
    expect(lines).toContain('token exchange refused');
    expect(lines).not.toContain(wrong.split('.')[1] ?? wrong);
  });

  test('is a form and nothing else', async () => {
    const request = (init: RequestInit) =>
      endpoints.answer(new Request('https://localhost/mesh/token', { method: 'POST', ...init }));
    const json = { 'content-type': 'application/json' };
    expect((await request({ body: '{}', headers: json })).status).toBe(400);
    expect((await request({})).status).toBe(400);
  });

  test('costs little to read, however many names a stranger puts in', async () => {
    const names = Array.from({ length: 9_000 }, (_, at) => [at.toString(36), '']);
    const begun = threadProcessorMs();
    expect((await post(Object.fromEntries(names))).status).toBe(400);
    expect(threadProcessorMs() - begun).toBeLessThan(100); // each looked up among all, 200
  });

  test('that no authority signs now is for later', async () => {
    const fields = await exchange();
    mesh.n1.wrongClock = 'this clock is far off';
    const response = await post(fields);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(counted('token', 'unavailable')).toBe(1);
  });
});

import { afterAll, beforeAll, expect, test } from 'bun:test';
import { chmodSync, writeFileSync } from 'node:fs';
import { createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from 'jose';
import { TestIssuer } from '../src/identity/testing/index.ts';
import { ServerCertificates } from '../src/platform/testing/index.ts';
import { freePort, HelloMesh, until } from './hello-mesh.ts';
import { StockClient } from './interop/stock-client.ts';

/** An OpenID provider of somebody else's, and a node whose token service strangers use over HTTPS. */

const HOST = '127.0.0.1';
const CLIENT = 'spiffe://hello.example/ns/default/sa/client';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

const mesh = new HelloMesh();
const certificates = await ServerCertificates.make();
let login: TestIssuer;
let provider: Bun.Server<undefined>;
let client: StockClient;
let issuer: string;

beforeAll(async () => {
  chmodSync(mesh.disk.directory, 0o711); // as a data directory: others may pass through
  const port = await freePort();
  issuer = `https://localhost:${port}/mesh`;
  const server = await certificates.server('localhost');
  const files = { ca: 'ca.pem', certificate: 'tokens.pem', key: 'tokens.key' };
  writeFileSync(mesh.disk.path(files.ca), certificates.caPem);
  writeFileSync(mesh.disk.path(files.certificate), server.certificateChainPem);
  writeFileSync(mesh.disk.path(files.key), server.privateKeyPem, { mode: 0o600 });
  mesh.disk.environment.NODE_EXTRA_CA_CERTS = mesh.disk.path(files.ca); // whom its administrator believes
  const flags = {
    '--listen': HOST, // which strangers find by the name `localhost`
    '--tokens-port': String(port),
    '--tokens-certificate': mesh.disk.path(files.certificate),
    '--tokens-key': mesh.disk.path(files.key),
    '--outside-networks': '127.0.0.0/8',
  };
  const node = await mesh.found('hello.example', ...Object.entries(flags).flat());
  client = new StockClient(mesh.disk.path('n1', 'spiffe.sock'));
  provider = Bun.serve({
    hostname: HOST,
    port: 0,
    tls: { cert: server.certificateChainPem, key: server.privateKeyPem },
    fetch: () => Response.json({ keys: [login.jwk] }),
  });
  login = new TestIssuer('ES256', `https://localhost:${provider.port}`);
  await mesh.put('tokens.yaml', rules());
  await until('the keys of the issuer are fetched', async () =>
    (await mesh.metrics(node)).includes('selvage_issuer_keys_fetched_total{result="fetched"} 1'),
  );
}, 120_000);

afterAll(async () => {
  client.close();
  provider.stop(true);
  await mesh.disk.close();
}, 120_000);

const rules = () => `apiVersion: selvage.dev/v1alpha1
kind: MeshSettings
spec: { tokenIssuer: '${issuer}' }
---
apiVersion: selvage.dev/v1alpha1
kind: RequestAuthentication
metadata: { name: login }
spec: { issuer: '${login.issuer}', audiences: [shop], jwks: { uri: '${login.issuer}/keys' } }
---
apiVersion: selvage.dev/v1alpha1
kind: RequestAuthentication
metadata: { name: mesh }
spec: { issuer: '${issuer}', audiences: [orders], jwks: { mesh: true } }
`;

/** As a stranger with the CA of the world. */
const reach = (url: string | URL, init: RequestInit = {}) =>
  fetch(url, { ...init, keepalive: false, tls: { ca: certificates.caPem } });

async function svid(audience: string): Promise<string> {
  const { svids } = await client.ask('FetchJWTSVID', { audience: [audience], spiffe_id: CLIENT });
  return svids[0].svid;
}

async function exchange(fields: Record<string, string>) {
  const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
  const body = new URLSearchParams({ grant_type, ...fields });
  const response = await reach(`${issuer}/token`, { method: 'POST', body });
  return JSON.parse(await response.text());
}

test('a stranger verifies a token of a workload with discovery and keys alone', async () => {
  const address = `${issuer}/.well-known/openid-configuration`;
  const discovery = JSON.parse(await (await reach(address)).text());
  expect(discovery.issuer).toBe(issuer);
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri), {
    [customFetch]: (url, options) => reach(url, options as RequestInit), // of the same shape
  });
  const audience = 'https://cloud.example';
  const { payload } = await jwtVerify(await svid(audience), keys, { issuer, audience });
  expect(payload.sub).toBe(CLIENT);
});

test('the Workload API says whose token it is, and whose it is not', async () => {
  const token = await svid('db');
  const valid = await client.ask('ValidateJWTSVID', { audience: 'db', svid: token });
  expect(valid.spiffe_id).toBe(CLIENT);
  const other = client.ask('ValidateJWTSVID', { audience: 'cache', svid: token });
  const refused = await other.catch((error: unknown) => error);
  expect(refused).toMatchObject({ details: expect.stringContaining('wrong-audience') });
});

test('a workload exchanges its token for one that is for another audience', async () => {
  const answer = await exchange({
    subject_token: await svid(issuer),
    subject_token_type: JWT,
    audience: 'bank',
  });
  expect(answer).toMatchObject({ issued_token_type: JWT, token_type: 'N_A' });
  expect(decodeJwt(answer.access_token)).toMatchObject({ sub: CLIENT, aud: 'bank', iss: issuer });
});

test('a person’s token, whose issuer’s keys the node fetched, becomes one of the mesh', async () => {
  const subject_token = await login.token(Date.now());
  const actor = { actor_token: await svid(issuer), actor_token_type: JWT };
  const asked = { subject_token_type: JWT, ...actor, audience: 'orders' };
  const answer = await exchange({ subject_token, ...asked });
  expect(answer).toMatchObject({ token_type: 'Bearer' });
  expect(decodeJwt(answer.access_token)).toMatchObject({
    sub: `${login.issuer}|anna`,
    act: { sub: CLIENT },
    aud: 'orders',
  });
  const forged = await new TestIssuer('ES256', login.issuer).token(Date.now());
  const refused = await exchange({ subject_token: forged, ...asked });
  expect(refused).toEqual({
    error: 'invalid_request',
    error_description: 'subject_token: bad-signature',
  });
});

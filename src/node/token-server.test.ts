import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { DEFAULT_SETTINGS } from '../governance/index.ts';
import type { ServerCredentials } from '../platform/index.ts';
import { ServerCertificates } from '../platform/testing/index.ts';
import { TestMesh } from './testing/index.ts';
import { TokenRules } from './token-rules.ts';
import { REREAD_MS, TokenServer } from './token-server.ts';

const HOST = '127.0.0.34';
const certificates = await ServerCertificates.make();
const [first, second] = [
  await certificates.server('tokens.example'),
  await certificates.server('renewed.example'),
];

let folder: string;
let mesh: TestMesh;
let server: TokenServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'selvage-tokens-'));
  write(first);
  mesh = await TestMesh.found();
  const tokenIssuer = 'https://tokens.example';
  await mesh.apply([{ kind: 'MeshSettings', settings: { ...DEFAULT_SETTINGS, tokenIssuer } }]);
  server = await TokenServer.start(parts());
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const [certificate, key] = ['tokens.pem', 'tokens.key'];
function write({ certificateChainPem, privateKeyPem }: ServerCredentials): void {
  writeFileSync(join(folder, certificate), certificateChainPem);
  writeFileSync(join(folder, key), privateKeyPem, { mode: 0o600 });
}

const parts = () => {
  const { clock, log, meter, role, trust } = mesh.n1;
  const exchange = async () => {
    throw new Error('of the exchange');
  };
  const rules = new TokenRules(trust.current());
  return {
    clock,
    log,
    meter,
    bundle: () => role.bundle(),
    plane: { rules, issuance: { exchange } as never }, // nothing else of it is used
    config: {
      tokensHost: HOST,
      tokensPort: 0,
      tokensCertificate: join(folder, certificate),
      tokensKey: join(folder, key),
    },
  };
};

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`https://${HOST}:${server.port}${path}`, {
    ...init,
    keepalive: false,
    tls: { ca: certificates.caPem, checkServerIdentity: () => undefined },
  });
const shown = () =>
  new Promise<string | undefined>((resolve, reject) => {
    const socket = connect({ host: HOST, port: server.port, rejectUnauthorized: false });
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      resolve(socket.getPeerCertificate().subjectaltname);
      socket.destroy();
    });
  });

test('keys are served over HTTPS', async () => {
  const response = await ask('/keys');
  expect([response.status, response.headers.get('cache-control')]).toEqual([
    ...[200, 'public, max-age=300'],
  ]);
  expect(JSON.parse(await response.text()).keys).toHaveLength(1);
});

test('files that were renewed are taken up without a restart', async () => {
  expect(await shown()).toBe('DNS:tokens.example');
  write(second);
  mesh.clock.advance(REREAD_MS);
  expect(await shown()).toBe('DNS:renewed.example');
});

test('files that are not whole yet change nothing, and are looked at again', async () => {
  write({ ...second, privateKeyPem: first.privateKeyPem });
  mesh.clock.advance(REREAD_MS);
  rmSync(join(folder, key));
  mesh.clock.advance(REREAD_MS);
  expect(await shown()).toBe('DNS:tokens.example');
  expect(mesh.n1.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
  write(second);
  mesh.clock.advance(REREAD_MS);
  expect(await shown()).toBe('DNS:renewed.example');
  expect(JSON.stringify(mesh.n1.log.lines)).not.toContain('PRIVATE KEY');
});

test('a failure of ours ends one request, and is told to the log alone', async () => {
  const jwt = 'urn:ietf:params:oauth:token-type:jwt';
  const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
  const fields = { grant_type, subject_token: 'a', subject_token_type: jwt, audience: 'b' };
  const response = await ask('/token', { method: 'POST', body: new URLSearchParams(fields) });
  expect([response.status, await response.text()]).toEqual([500, '']);
  expect((await ask('/keys')).status).toBe(200);
});

test('a certificate without its key, or a key that others may read, is refused at the start', async () => {
  const { config, ...rest } = parts();
  const lacking = TokenServer.start({ ...rest, config: { ...config, tokensKey: '' } });
  await expect(lacking).rejects.toMatchObject({ code: 'FILE_MISSING' });
  const open = join(folder, 'open.key');
  writeFileSync(open, first.privateKeyPem, { mode: 0o644 });
  const shared = TokenServer.start({ ...rest, config: { ...config, tokensKey: open } });
  await expect(shared).rejects.toMatchObject({ code: 'KEY_FILE_OPEN_TO_OTHERS' });
});

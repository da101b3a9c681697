import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SelvageError } from '../core/index.ts';
import { Revocations } from '../crypto/index.ts';
import { type KeyedCertificate, makeUpCa, makeUpHost } from '../crypto/testing/index.ts';
import { formatInvitation } from '../identity/index.ts';
import { NODE_KEY, NODE_KIND } from '../registry/index.ts';
import { openDataDirectory } from './data-directory.ts';
import type { HostCertificate } from './host-proof.ts';
import { rootSha256 } from './init-node.ts';
import { joinMesh } from './join-mesh.ts';
import { DESK_HOST, deskOf, type OpenDesk, TestMesh, tokenOf } from './testing/index.ts';

const HOUR_MS = 3_600_000;
const life = { notBefore: Date.now() - HOUR_MS, notAfter: Date.now() + HOUR_MS };
const ca = await makeUpCa({ subject: 'CN=Corp Root', ...life });
const hosts = await makeUpCa({ subject: 'CN=Corp Hosts', ...life }, ca);

let directory: string;
let mesh: TestMesh;
let n1: OpenDesk;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-x509pop-'));
  mesh = await TestMesh.found();
  await mesh.apply([
    {
      kind: 'NodeAttestation',
      attestation: {
        name: 'corp',
        kind: 'x509pop',
        nodeName: 'commonName',
        certificates: [ca.pem],
      },
    },
  ]);
  n1 = deskOf(mesh.n1);
  await n1.desk.follow();
});
afterEach(() => {
  n1.desk.close();
  rmSync(directory, { recursive: true, force: true });
});

const pem = (key: KeyedCertificate['privateKey']): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();

const shown = (host: KeyedCertificate, ...above: readonly KeyedCertificate[]): HostCertificate => ({
  chainPem: [host, ...above].map((one) => one.pem).join(''),
  keyPem: pem(host.privateKey),
});

const hostOf = async (name: string): Promise<HostCertificate> =>
  shown(await makeUpHost(hosts, { subject: `CN=${name}`, ...life }), hosts);

const invitation = (): string =>
  formatInvitation({
    trustDomain: mesh.trustDomain,
    rootSha256: rootSha256(mesh.n1.trust.files()),
    authorityAddress: `${DESK_HOST}:${n1.desk.port}`,
    authorityKeySha256: mesh.n1.ca.keySha256,
  });

const joinAs = (name: string, certificate: HostCertificate, token = invitation()) =>
  joinMesh({ token, certificate, dataDir: join(directory, name) });

/** What is said of a join that must leave nothing behind. */
async function refused(run: Promise<unknown>): Promise<readonly [string, string]> {
  const error = await run.then(() => undefined).catch((error: unknown) => error);
  if (!(error instanceof SelvageError)) throw new Error('it was not refused', { cause: error });
  expect(readdirSync(directory)).toEqual([]);
  return [error.code, error.message];
}

function epochOf(name: string): number {
  const { identity, store } = openDataDirectory(join(directory, name));
  store.close();
  return identity.epoch;
}

test('a host that an enterprise vouches for becomes the node that its certificate names', async () => {
  const report = await joinAs('n2', await hostOf('n2'));
  expect(report).toMatchObject({ trustDomain: 'shop.example', node: 'n2' });
});

test('a host cannot be another node than its certificate names', async () => {
  expect(await refused(joinAs('n3', await hostOf('n2')))).toEqual([
    'CERTIFICATE_OTHER_NODE',
    'the certificate is for the node n2, not for n3',
  ]);
});

test('a second host with the same certificate takes the name over, with a higher epoch', async () => {
  const certificate = await hostOf('n1-like');
  await joinAs('n1-like', certificate);
  const first = epochOf('n1-like');
  rmSync(join(directory, 'n1-like'), { recursive: true });
  mesh.clock.advance(1_000);
  await joinAs('n1-like', certificate);
  expect(epochOf('n1-like')).toBeGreaterThan(first);
});

test('no certificate takes over the name of an authority: that needs a token', async () => {
  n1.records.put(NODE_KIND, NODE_KEY, 'here');
  expect(await refused(joinAs('n1', await hostOf('n1')))).toEqual([
    'JOIN_REFUSED',
    'the mesh has a node n1 already',
  ]);
});

test('a stranger’s certificate, or one without its CA, lets nobody in', async () => {
  const stranger = await makeUpCa({ subject: ca.subject, ...life });
  const [code] = await refused(
    joinAs('n2', shown(await makeUpHost(stranger, { subject: 'CN=n2', ...life }))),
  );
  expect(code).toBe('HOST_NOT_VOUCHED');
  const { chainPem, keyPem } = await hostOf('n2');
  const alone = chainPem.slice(0, chainPem.indexOf('-----BEGIN', 10));
  expect((await refused(joinAs('n2', { chainPem: alone, keyPem })))[1]).toContain(
    "no listed CA signed the host's certificate",
  );
});

test('a key that is not the certificate’s is found before anybody is asked', async () => {
  const { chainPem } = await hostOf('n2');
  const { keyPem } = await hostOf('n2');
  const line = invitation();
  n1.desk.close();
  expect(await refused(joinAs('n2', { chainPem, keyPem }, line))).toEqual([
    'HOST_NOT_VOUCHED',
    'the key is not that of the first certificate, or not in unencrypted PEM',
  ]);
});

test('a certificate that began before its node was revoked brings it back no more', async () => {
  const certificate = await hostOf('n2');
  const beforeMs = Math.floor(mesh.clock.now() / 1_000) * 1_000 - HOUR_MS / 2;
  const node = 'n2' as never; // a label
  const { revocations } = await mesh.apply([
    {
      kind: 'Revocation',
      revocation: { name: 'n2', reason: 'stolen', kind: 'node', node, beforeMs },
    },
  ]);
  mesh.n1.role.revoke(new Revocations(revocations, []));
  const [, message] = await refused(joinAs('n2', certificate));
  expect(message).toBe('n2 was revoked, and what it shows is older than that');
  const notBefore = beforeMs + 60_000;
  const fresh = await makeUpHost(hosts, { subject: 'CN=n2', ...life, notBefore });
  expect((await joinAs('n2', shown(fresh, hosts))).node).toBe(node);
});

test('a join token with a certificate, and an invitation without one, are told apart', async () => {
  const certificate = await hostOf('n2');
  expect((await refused(joinAs('n2', certificate, tokenOf(n1))))[0]).toBe('INVITATION_MALFORMED');
  const alone = joinMesh({ token: invitation(), dataDir: join(directory, 'n2') });
  expect((await refused(alone))[0]).toBe('TOKEN_MALFORMED');
});

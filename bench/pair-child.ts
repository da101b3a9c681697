// Both sidecars of a pair in one process, so that its CPU time is that of the pair: our application's side
// of 'shop/frontend', and the side of 'shop/catalog' in front of a backend. Reads a decision program.
import type { NodeName, ServiceKey, SpiffeId } from '../src/core/index.ts';
import {
  createAuthorityCertificate,
  generatePrivateKey,
  type Issuer,
  issueSvid,
  openIssuer,
  privateKeyToPem,
  publicKeyOf,
} from '../src/crypto/index.ts';
import { bunSockets, realClock, realRandom } from '../src/platform/index.ts';
import { linkEngine } from '../src/policy/index.ts';
import { createDataPlane, type WorkloadIdentity } from '../src/proxy/index.ts';
import type { Snapshot } from '../src/snapshot/index.ts';
import { createLog, createMetrics } from '../src/telemetry/index.ts';
import { trustDomain } from './policy-set.ts';

const HOUR_MS = 3_600_000;
const NODE = 'n1' as NodeName;
const CATALOG = 'shop/catalog' as ServiceKey;
const backendPort = Number(process.argv[2]);
const idOf = (account: string) => `spiffe://${trustDomain}/ns/shop/sa/${account}` as SpiffeId;

async function startAuthority(): Promise<Issuer> {
  const key = generatePrivateKey('p256');
  const made = {
    key,
    trustDomain,
    node: NODE,
    now: Date.now(),
    lifeMs: HOUR_MS,
    random: realRandom,
  };
  return openIssuer(trustDomain, key, await createAuthorityCertificate(made));
}

async function identityOf(issuer: Issuer, account: string): Promise<WorkloadIdentity> {
  const key = generatePrivateKey('p256');
  const [spiffeId, publicKey, now] = [idOf(account), publicKeyOf(key), Date.now()];
  const life = { now, lifeMs: HOUR_MS, random: realRandom };
  const issued = await issueSvid({ issuer, publicKey, spiffeId, ...life });
  return {
    spiffeId,
    certificateChainPem: issued.pem,
    privateKeyPem: privateKeyToPem(key),
    notAfterMs: issued.notAfter,
  };
}

const snapshotOf = (issuer: Issuer, port: number): Snapshot => ({
  trustDomain,
  node: NODE,
  trustVersion: 1,
  trustDigest: '',
  bundle: [issuer.pem],
  policyDigest: '',
  policyHeaders: [],
  authentications: [],
  services: [
    {
      key: CATALOG,
      protocol: 'http',
      identities: [idOf('catalog')],
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 15_000,
      endpoints: [{ id: 'n1/a', node: NODE, address: '127.0.0.1', port, labels: {} }],
    },
  ],
});

function startPlane() {
  const { meter } = createMetrics();
  const log = createLog({ level: 'info', name: 'sidecar', destination: process.stderr });
  return createDataPlane({ sockets: bunSockets, clock: realClock, random: realRandom, log, meter });
}

const linked = await linkEngine(await Bun.stdin.json(), { trustDomain, clock: realClock });
if (!linked.ok) throw new Error(linked.error);
const engine = linked.value;
const issuer = await startAuthority();
const [caller, callee] = [startPlane(), startPlane()];
caller.useIdentity(await identityOf(issuer, 'frontend'));
callee.useIdentity(await identityOf(issuer, 'catalog'));
callee.apply({ snapshot: snapshotOf(issuer, 0), engine });
const host = '127.0.0.1';
const target = { host, port: backendPort };
const inbound = callee.openInbound({ host, port: 0, service: CATALOG, target });
caller.apply({ snapshot: snapshotOf(issuer, inbound.port), engine });
console.log(caller.openOutbound({ host, port: 0, service: CATALOG }).port);

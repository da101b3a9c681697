import type { ServiceKey, SpiffeId, TrustDomain } from '../../src/core/index.ts';
import { DEFAULT_SETTINGS, type TrustSet } from '../../src/governance/index.ts';

const TRUST_DOMAIN = 'sim.example' as TrustDomain; // a domain name by its form
const SERVICES = ['web', 'cart', 'stock', 'pay'];
const DIGEST = '5e'.repeat(32);

const keyOf = (name: string): ServiceKey => `shop/${name}` as ServiceKey; // of DNS labels
const idOf = (name: string): SpiffeId => `spiffe://${TRUST_DOMAIN}/ns/shop/sa/${name}` as SpiffeId; // as is its path

/** A few services that any node may host: nothing in it ever changes in a run. */
export const MADE_UP_TRUST: TrustSet = {
  trustDomain: TRUST_DOMAIN,
  version: 1,
  rootVersion: 1,
  revision: 1,
  digest: DIGEST,
  governors: { keys: [], threshold: 1 },
  lists: [],
  authorities: [],
  authentications: [],
  policies: [],
  revocations: [],
  attestations: [],
  retiring: [],
  services: SERVICES.map((name) => ({
    key: keyOf(name),
    protocol: 'http',
    identities: [idOf(name)],
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 15_000,
  })),
  registrations: SERVICES.map((name) => ({
    key: keyOf(name),
    spiffeId: idOf(name),
    nodes: 'any',
    selectors: { uid: 'node' },
  })),
  settings: DEFAULT_SETTINGS,
};

/** The value of a node's own record. */
export const nodeClaim = (name: string, host: string, addresses: readonly string[]) => ({
  name,
  addresses,
  listenHost: host,
  enforces: { version: MADE_UP_TRUST.version, digest: DIGEST },
  version: '0.1.0',
});

/** The value of an endpoint's record: which service it serves depends on `serial`, which it shows in its port. */
export function endpointClaim(host: string, serial: number) {
  const name = SERVICES[serial % SERVICES.length] ?? 'web';
  return {
    service: keyOf(name),
    spiffeId: idOf(name),
    address: host,
    port: 1_024 + (serial % 60_000),
    ready: true,
    labels: { version: `v${serial}` },
  };
}

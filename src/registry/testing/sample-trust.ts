import type { NodeName, ServiceKey, SpiffeId, TrustDomain } from '../../core/index.ts';
import { DEFAULT_SETTINGS, type TrustSet } from '../../governance/index.ts';
import type { EndpointClaim, NodeClaim } from '../claims.ts';

export const WEB = 'spiffe://shop.example/ns/shop/sa/web' as SpiffeId;
export const DB = 'spiffe://shop.example/ns/shop/sa/db' as SpiffeId;
export const N1 = 'n1' as NodeName;
export const N2 = 'n2' as NodeName;

const GOVERNORS = { keys: [{ name: 'governor', publicKey: '11'.repeat(32) }], threshold: 1 };

/** `shop/web` anywhere, `shop/db` on n1 only; n1 is an authority. */
export const sampleTrust: TrustSet = {
  trustDomain: 'shop.example' as TrustDomain,
  version: 3,
  rootVersion: 1,
  revision: 3,
  digest: 'd'.repeat(64),
  governors: GOVERNORS,
  lists: [{ role: 'targets', version: 3, expiresAtMs: 4_102_444_800_000, ...GOVERNORS }],
  authorities: [
    {
      node: N1,
      onlineKey: '00',
      certificates: [{ pem: 'PEM' }],
      namespaces: 'any',
      tokenKeys: [],
    },
  ],
  services: [
    {
      key: 'shop/web' as ServiceKey,
      protocol: 'http',
      identities: [WEB],
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 15_000,
    },
    {
      key: 'shop/db' as ServiceKey,
      protocol: 'tcp',
      identities: [DB],
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 15_000,
    },
  ],
  registrations: [
    { key: 'shop/web', spiffeId: WEB, nodes: 'any', selectors: { uid: 'node' } },
    { key: 'shop/db', spiffeId: DB, nodes: [N1], selectors: { uid: 'node' } },
  ],
  authentications: [],
  revocations: [],
  attestations: [],
  retiring: [],
  policies: [{ name: 'hello', text: 'permit(principal, action, resource);' }],
  settings: DEFAULT_SETTINGS,
};

export const nodeClaim = (name: NodeName, host: string): NodeClaim => ({
  name,
  addresses: [`/ip4/${host}/tcp/7600`],
  listenHost: host,
  enforces: { version: 3, digest: 'd'.repeat(64) },
  version: '0.1.0',
});

export const endpointClaim = (over: Partial<EndpointClaim> = {}): EndpointClaim => ({
  service: 'shop/web' as ServiceKey,
  spiffeId: WEB,
  address: '10.0.0.1',
  port: 40_000,
  ready: true,
  draining: false,
  labels: { version: 'v1' },
  weight: 100,
  ...over,
});

import type { AdminService, EvidenceView, Status } from '../index.ts';
import { samplePast } from './sample-history.ts';
import { sampleProposals } from './sample-proposals.ts';
import { sampleRollout } from './sample-rollout.ts';

const DIGEST = 'ab'.repeat(32);
const EXPIRY = { expiresAt: '2030-01-02T00:00:00.000Z', leftMs: 86_400_000 };

export const sampleStatus: Status = {
  trustDomain: 'shop.example',
  node: 'n1',
  version: '0.1.0',
  startedAt: '2030-01-01T00:00:00.000Z',
  authority: 'yes',
  certificateSha256: DIGEST,
  trust: { version: 3, rootVersion: 1, digest: DIGEST, timestamp: EXPIRY },
  records: { digest: DIGEST, count: 7 },
  members: { alive: 2, suspect: ['n4'], dead: ['n3'], left: [] },
  credential: EXPIRY,
  workloads: [
    { spiffeId: 'spiffe://shop.example/ns/default/sa/web', pid: 42, serves: 'default/web' },
  ],
  warnings: ['n3 is dead: it answered last 3m ago'],
};

const sampleEvidence: EvidenceView = {
  id: 'n3/node/self',
  writer: 'n3',
  sequence: { epoch: 1, boot: 4, n: 7 },
  holds: { value: '{"port":80}', issuedAt: '2030-01-01T00:00:01.000Z' },
  other: { value: '{"port":81}', issuedAt: '2030-01-01T00:00:02.000Z' },
  seenAt: '2030-01-01T00:00:03.000Z',
};

const sampleRevocation = {
  kind: 'serial',
  subject: '41ff',
  by: 'n1',
  since: '2030-01-01T00:00:00.000Z',
  until: '2030-01-08T00:00:00.000Z',
  reason: 'stolen',
} as const;
const sampleTroubles = {
  evidence: async () => ({ items: [sampleEvidence] }),
  revocations: async () => ({ items: [sampleRevocation] }),
  revoke: async () => sampleRevocation,
};

const NEXT_KEYS = {
  node: 'n1',
  certificatePem: 'PEM',
  csrPem: 'PEM',
  tokenKey: { kid: 'k', x: 'x', y: 'y' },
};

const LETTING_IN = {
  createToken: async () => ({
    token: 'selvage1.AAAA',
    expiresAt: EXPIRY.expiresAt,
    joinAddress: '127.0.0.11:7601',
  }),
  createInvitation: async () => ({
    invitation: 'selvage1.BBBB',
    joinAddress: '127.0.0.11:7601',
  }),
};

/** A service with fixed answers; a test replaces the operations that it is about. */
export function sampleService(replaced: Partial<AdminService> = {}): AdminService {
  return {
    status: async () => sampleStatus,
    nodes: async () => ({
      items: [
        {
          name: 'n1',
          state: 'self',
          authority: 'yes',
          addresses: ['/ip4/127.0.0.11/tcp/7600/p2p/12D3KooW', '/ip4/127.0.0.11/udp/7600'],
          version: '0.1.0',
          enforces: { version: 3, digest: DIGEST },
        },
        { name: 'n3', state: 'dead', authority: 'no', addresses: [] },
      ],
    }),
    members: async () => ({
      items: [
        {
          name: 'n2',
          state: 'alive',
          incarnation: 3 * 65_536 + 1,
          lastContactMs: 400,
          roundTripMs: 1.23,
          addresses: ['/ip4/127.0.0.12/tcp/7600', '/ip4/127.0.0.12/udp/7600'],
        },
        {
          name: 'n3',
          state: 'dead',
          incarnation: 65_536,
          lastContactMs: 183_000,
          roundTripMs: 0.4,
          addresses: ['/ip4/127.0.0.13/tcp/7600'],
        },
        { name: 'n4', state: 'alive', incarnation: 0, addresses: [] },
      ],
    }),
    rollout: async () => sampleRollout,
    ...samplePast,
    services: async () => ({
      items: [
        {
          service: 'default/web',
          protocol: 'http',
          identities: ['spiffe://shop.example/ns/default/sa/web'],
          endpoints: { ready: 1, notReady: 0, unreachable: 0, quarantined: 1 },
        },
      ],
    }),
    endpoints: async () => ({ items: [] }),
    ...sampleTroubles,
    workloads: async () => ({
      items: [
        {
          spiffeId: 'spiffe://shop.example/ns/default/sa/web',
          instance: 'ab12',
          pid: 42,
          serves: 'default/web',
          held: {
            clients: 3,
            servers: 2,
            dialling: 0,
            pooled: 1,
            exchanges: 1,
            flows: 0,
            heldBytes: 512,
          },
        },
        { spiffeId: 'spiffe://shop.example/ns/default/sa/client', instance: 'cd34', pid: 43 },
      ],
    }),
    explain: async ({ from, to }) => ({
      allowed: true,
      asked: { principal: from, action: 'connect', resource: to, context: {} },
      deciding: [{ id: 'hello', file: 'hello.cedar', line: 3, since: '2' }],
      audit: [],
      near: [],
      errors: [],
    }),
    ...LETTING_IN,
    authorityCandidate: async ({ node }) => ({ node, certificatePem: 'PEM', onlineKey: DIGEST }),
    nextAuthorityKeys: async () => NEXT_KEYS,
    trustDraft: async () => ({ files: 'e30=' }),
    publishChange: async () => ({ version: 4, rootVersion: 1, digest: DIGEST, nodes: ['n2'] }),
    ...sampleProposals,
    async *changes() {},
    ...replaced,
  };
}

import type { RolloutView } from '../index.ts';

const DIGEST = 'ab'.repeat(32);
const PUBLISHED = { publishedBy: 'n1', publishedAt: '2030-01-01T00:00:00.000Z' };

/** One node of two that live has it. */
export const sampleRollout: RolloutView = {
  version: '3',
  digest: DIGEST,
  ...PUBLISHED,
  complete: false,
  have: 1,
  living: 2,
  tookMs: { p50: 12, p99: 12, last: 12 },
  nodes: [
    {
      name: 'n1',
      state: 'self',
      has: true,
      enforces: { version: 3, digest: DIGEST },
      since: '2030-01-01T00:00:00.012Z',
      tookMs: 12,
    },
    {
      name: 'n2',
      state: 'alive',
      has: false,
      enforces: { version: 2, digest: DIGEST },
      reason: 'the sidecar of spiffe://shop.example/ns/default/sa/web (pid 42): too new',
    },
    { name: 'n3', state: 'dead', has: false },
  ],
};

import type { AdminService, ProposalItem, ProposalProgress, VotesView } from '../index.ts';

const DIGEST = 'ab'.repeat(32);
const carol = { name: 'carol', publicKey: 'cd'.repeat(32) };
const dave = { name: 'dave', publicKey: 'ef'.repeat(32) };
const sampleProgress: ProposalProgress = {
  id: DIGEST,
  state: 'open',
  parts: [{ role: 'targets', version: '4', threshold: 2, signed: [carol], missing: [dave] }],
  rejections: [],
};
const sampleProposal: ProposalItem = {
  ...sampleProgress,
  reason: 'let frontend call payments',
  createdAt: '2030-01-01T00:00:00.000Z',
  expiresAt: '2030-01-08T00:00:00.000Z',
  versions: ['4'],
  roles: ['targets'],
  nodes: ['n1'],
};

const frontend = { caller: 'shop/frontend', service: 'shop/payments', action: 'http:POST' };
const newlyDenied = { calls: [{ ...frontend, perMinute: 14 }], more: 0 };
const newlyAllowed = { calls: [], more: 0 };
const sampleVotes: VotesView = {
  nodes: [
    {
      node: 'n1',
      isCurrent: true,
      samples: 40,
      windowMs: 900_000,
      newlyDenied,
      newlyAllowed,
      errors: [],
      unseen: [],
    },
  ],
  missing: ['n2'],
  newlyDenied,
  newlyAllowed,
};

/** Operations on proposals with fixed answers. */
export const sampleProposals: Pick<
  AdminService,
  'proposals' | 'proposal' | 'propose' | 'approve' | 'reject'
> = {
  proposals: async () => ({ items: [sampleProposal] }),
  proposal: async () => ({
    ...sampleProposal,
    diff: ['+ policy hello'],
    body: 'e30=',
    votes: sampleVotes,
  }),
  propose: async () => sampleProgress,
  approve: async () => ({
    ...sampleProgress,
    state: 'published',
    published: { by: 'n1', versions: ['4'], digest: DIGEST, nodes: ['n1', 'n2'] },
  }),
  reject: async () => sampleProgress,
};

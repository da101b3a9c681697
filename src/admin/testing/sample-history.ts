import type { AdminService, PastChange } from '../index.ts';

const DIGEST = 'ab'.repeat(32);

/** Three changes: the newest by a team, one after a time in which this node was away, and the first. */
export const sampleHistory: readonly PastChange[] = [
  {
    parts: [{ version: 'payments/3', signedBy: ['carl', 'dora'] }],
    digest: DIGEST,
    publishedBy: 'n1',
    publishedAt: '2030-01-03T10:00:00.000Z',
    adoptedAt: '2030-01-03T10:00:00.200Z',
    lines: ['~ policy payments/pay'],
    missed: [],
    reason: 'let refunds through',
  },
  {
    parts: [
      { version: 'root 2', signedBy: ['ada', 'ben'] },
      { version: '7', signedBy: ['ada'] },
    ],
    digest: DIGEST,
    publishedBy: 'n2',
    publishedAt: '2030-01-02T10:00:00.000Z',
    adoptedAt: '2030-01-02T12:00:00.000Z',
    lines: ['+ governor ben (key 0011)'],
    missed: ['5 to 6'],
  },
  {
    parts: [{ version: '4', signedBy: ['ada'] }],
    digest: DIGEST,
    adoptedAt: '2030-01-01T10:00:00.000Z',
    lines: [],
    missed: [],
  },
];

/** The operations that are about what was in force. */
export const samplePast: Pick<AdminService, 'history' | 'difference' | 'keptList'> = {
  history: async () => ({ items: sampleHistory }),
  difference: async ({ from, to = '3' }) => ({ from, to, lines: ['~ policy hello'] }),
  keptList: async () => ({ list: '' }),
};

import type { RevocationItem } from '../../admin/index.ts';
import type { View } from './views.ts';

export const revocationsView: View<RevocationItem> = {
  name: 'revocations',
  aliases: ['revocation'],
  description: 'what is good no more before its time, who says so, and until when',
  list: (client) => client.revocations({}),
  kinds: ['trust'],
  identify: ({ kind, subject }) => `${kind}/${subject}`,
  empty: 'nothing is revoked',
  columns: [
    { heading: 'KIND', cell: ({ kind }) => kind },
    { heading: 'SUBJECT', cell: ({ subject }) => subject },
    { heading: 'BY', cell: ({ by, name }) => (name === undefined ? by : `${by} (${name})`) },
    { heading: 'SINCE', cell: ({ since }) => since ?? 'ever' },
    { heading: 'UNTIL', cell: ({ until }) => until ?? 'taken out' },
    { heading: 'REASON', cell: ({ reason }) => (reason === '' ? '-' : reason) },
  ],
};

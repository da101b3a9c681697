import type { EvidenceView } from '../../admin/index.ts';
import type { View } from './views.ts';

export const evidenceView: View<EvidenceView> = {
  name: 'evidence',
  aliases: [],
  description: 'nodes that contradicted themselves: two records under one sequence, both signed',
  list: (client) => client.evidence({}),
  kinds: ['evidence'],
  identify: ({ id }) => id,
  empty: 'no node has contradicted itself, as far as this one has heard',
  columns: [
    { heading: 'NODE', cell: ({ writer }) => writer },
    { heading: 'RECORD', cell: ({ id, writer }) => id.slice(writer.length + 1) },
    {
      heading: 'SEQUENCE',
      cell: ({ sequence: { epoch, boot, n } }) => `${epoch}.${boot}.${n}`,
    },
    { heading: 'SINCE', cell: ({ seenAt }) => seenAt },
    { heading: 'HOLDS', cell: ({ holds }) => holds.value },
    { heading: 'ALSO SAID', cell: otherWords },
  ],
};

/** Two of the same value are told apart by when they were said. */
function otherWords({ holds, other }: EvidenceView): string {
  return other.value === holds.value ? `the same, at ${other.issuedAt}` : other.value;
}

import type { ProposalItem } from '../../admin/index.ts';
import { shortId } from '../proposal-words.ts';
import { isSigned, type PartSigned } from '../signature-words.ts';
import type { View } from './views.ts';

export const proposalsView: View<ProposalItem> = {
  name: 'proposals',
  aliases: [],
  description: 'the changes that wait for signatures, and those that are over since a short time',
  list: (client) => client.proposals({}),
  kinds: ['proposals', 'trust'],
  identify: ({ id }) => id,
  empty: 'nothing is proposed; propose a change: selvage propose -f FILE',
  columns: [
    { heading: 'ID', cell: ({ id }) => shortId(id) },
    { heading: 'STATE', cell: ({ state }) => state },
    { heading: 'VERSION', cell: ({ parts }) => versionsCell(parts) },
    { heading: 'SIGNED', cell: ({ parts }) => signedCell(parts) },
    { heading: 'WAITS FOR', cell: ({ parts }) => missingCell(parts) },
    { heading: 'SINCE', cell: ({ createdAt }) => createdAt },
    { heading: 'REASON', cell: ({ reason, problem }) => problem ?? (reason || '-') },
  ],
};

const versionsCell = (parts: readonly PartSigned[]): string =>
  distinct(parts.filter(({ role }) => role !== 'root').map(({ version }) => version));

/** The part that has the longest way to go; of several, the one that asks for most. */
function signedCell(parts: readonly PartSigned[]): string {
  const left = ({ signed, threshold }: PartSigned) => threshold - signed.length;
  const [last] = parts.toSorted((a, b) => left(b) - left(a) || b.threshold - a.threshold);
  return last === undefined ? '-' : `${last.signed.length} of ${last.threshold}`;
}

const missingCell = (parts: readonly PartSigned[]): string =>
  distinct(
    parts
      .filter((part) => !isSigned(part))
      .flatMap(({ missing }) => missing.map(({ name }) => name)),
  );

const distinct = (texts: readonly string[]): string => [...new Set(texts)].join(', ') || '-';

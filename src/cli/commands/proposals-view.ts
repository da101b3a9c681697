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
    { heading: 'VERSION', cell: ({ versions }) => versionsCell(versions) },
    { heading: 'SIGNED', cell: ({ parts }) => signedCell(parts) },
    { heading: 'WAITS FOR', cell: waitsForCell },
    { heading: 'SINCE', cell: ({ createdAt }) => createdAt },
    { heading: 'REASON', cell: ({ reason, problem }) => problem ?? (reason || '-') },
  ],
};

/** What this node cannot tell: it has not fetched the proposal, or that was over before it could count. */
const UNKNOWN = 'unknown';

/** A root has no list of its own, and goes with that of the governors. */
const versionsCell = (versions: readonly string[]): string =>
  distinct(versions.filter((version) => !version.startsWith('root '))) || UNKNOWN;

/** The part that has the longest way to go; of several, the one that asks for most. */
function signedCell(parts: readonly PartSigned[]): string {
  const left = ({ signed, threshold }: PartSigned) => threshold - signed.length;
  const [last] = parts.toSorted((a, b) => left(b) - left(a) || b.threshold - a.threshold);
  return last === undefined ? UNKNOWN : `${last.signed.length} of ${last.threshold}`;
}

/** What is over, or signed by enough, waits for nobody. */
function waitsForCell({ state, parts }: ProposalItem): string {
  if (state !== 'open') return '-';
  if (parts.length === 0) return UNKNOWN;
  const waiting = parts.filter((part) => !isSigned(part));
  return distinct(waiting.flatMap(({ missing }) => missing.map(({ name }) => name))) || '-';
}

const distinct = (texts: readonly string[]): string => [...new Set(texts)].join(', ');

import type { MemberView } from '../../admin/index.ts';
import { describeDuration } from '../../core/index.ts';
import { addressWords } from './addresses.ts';
import type { View } from './views.ts';

const NONE = '-';
/** As the failure detector counts: starts in the high digits of an incarnation. */
const INCARNATIONS_PER_START = 65_536;
const SECOND_MS = 1_000;

export const membersView: View<MemberView> = {
  name: 'members',
  aliases: ['member'],
  description: 'the other nodes, and whether they live, as this one found out by asking',
  list: (client) => client.members({}),
  kinds: ['members', 'nodes'],
  identify: ({ name }) => name,
  empty: 'no other members are known yet; let nodes join: selvage token create',
  columns: [
    { heading: 'NAME', cell: ({ name }) => name },
    { heading: 'STATE', cell: ({ state }) => state },
    { heading: 'INCARNATION', cell: ({ incarnation }) => incarnationWords(incarnation) },
    { heading: 'LAST CONTACT', cell: ({ lastContactMs }) => contactWords(lastContactMs) },
    { heading: 'ROUND TRIP', cell: ({ roundTripMs }) => roundTripWords(roundTripMs) },
    { heading: 'ADDRESSES', cell: ({ addresses }) => addressWords(addresses) },
  ],
};

/** `3.1`: in its third start, in which it has contradicted once that it is gone. */
const incarnationWords = (incarnation: number): string =>
  incarnation === 0
    ? NONE
    : `${Math.floor(incarnation / INCARNATIONS_PER_START)}.${incarnation % INCARNATIONS_PER_START}`;

function contactWords(agoMs: number | undefined): string {
  if (agoMs === undefined) return 'never';
  return agoMs < SECOND_MS ? 'just now' : `${describeDuration(agoMs)} ago`;
}

const roundTripWords = (ms: number | undefined): string =>
  ms === undefined ? NONE : `${ms.toFixed(1)} ms`;

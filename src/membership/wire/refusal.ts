/** Why a datagram is not taken. Closed: these are metric labels. */
export const DATAGRAM_REFUSALS = [
  'truncated',
  'oversized',
  'garbage',
  'replayed',
  'other-version',
  'not-for-us',
  'unknown-sender',
  'unknown-subject',
  'too-many',
  'bad-signature',
] as const;
export type DatagramRefusal = (typeof DATAGRAM_REFUSALS)[number];

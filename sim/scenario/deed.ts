/** What members that lie do. They hold a valid credential, and no key but their own. */
export const DEEDS = [
  /** Records under names of others, signed with the own key or with nothing. */
  'forge',
  /** What was true once: datagrams and records of others, again and late. */
  'replay',
  /** Own records with sequences that were used up, as after a restored disk. */
  'roll-back',
  /** Two values under one sequence, each told to half of the mesh. */
  'equivocate',
  /** More records and changes than a writer may have. */
  'flood',
  /** Credentials for names of others that no authority signed. */
  'usurp',
  /** Healthy members are said not to answer, by all liars at once. */
  'accuse',
  /** Bytes that mean nothing, as datagrams, gossip and answers. */
  'garbage',
  /** Comparisons of records are never answered. */
  'mute',
  /** Comparisons of records are answered with differences that lead nowhere, for ever. */
  'endless',
] as const;

export type Deed = (typeof DEEDS)[number];

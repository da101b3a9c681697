type Members = Readonly<Record<string, unknown>>;

/** One thing that is wrong with a token whose signature is good: in its claims, or its header. */
export type TokenAttack<Reason> = readonly [
  attack: string,
  reason: Reason,
  /** `now`: in seconds. */
  claims: Members | ((now: number) => Members),
  header?: Members,
];

/** What no token may do, whoever signed it and whomever it is about. */
export const ATTACKS_BY_ANY_TOKEN = [
  ['a token that has ended', 'expired', (now) => ({ exp: now })],
  ['a token without an end', 'malformed', { exp: undefined }],
  ['an end that is no number', 'malformed', { exp: '9999999999' }],
  ['a token of the future', 'not-yet-valid', (now) => ({ nbf: now + 61 })],
  ['a token made in the future', 'not-yet-valid', (now) => ({ iat: now + 61 })],
  ['a token of another key', 'unknown-key', {}, { kid: 'k2' }],
  ['a key ID that is no text', 'unknown-key', {}, { kid: 7 }],
] as const satisfies readonly TokenAttack<string>[];

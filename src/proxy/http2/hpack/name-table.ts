import { isSecretName } from '../../http/secret-name.ts';
import { STATIC_FIELDS } from './static-table.ts';

/**
 * Whether an encoder may keep the fields of a name in its table.
 * - `repeated`: once a value comes back.
 * - `passing`: no. Each request has its own value, which would only push out what does come back.
 * - `secret`: never, here nor further on (RFC 7541 section 7.1.3). Whoever can have requests of his own sent
 *   over the same connection, and sees their lengths, could otherwise guess a value and learn whether it is
 *   in the table. That holds for long values as for short ones, since a guess is of a whole value.
 */
export type Indexing = 'repeated' | 'passing' | 'secret';

/** What an encoder knows of a name. */
export interface NameEntry {
  /** The first index of the name in the static table; 0: it is not there. */
  readonly staticIndex: number;
  readonly indexing: Indexing;
}

const PASSING = [
  ':path',
  'age',
  'content-length',
  'content-range',
  'etag',
  'if-modified-since',
  'if-none-match',
  'last-modified',
  'location',
  'range',
  'referer',
  'traceparent',
  'x-request-id',
];

/** In the static table; of others the name says it, see `isSecretName`. */
const SECRET = ['authorization', 'cookie', 'proxy-authorization', 'set-cookie'];

function nameEntries(): ReadonlyMap<string, NameEntry> {
  const names = new Map<string, NameEntry>();
  const indexOf = (name: string): number =>
    Math.max(
      STATIC_FIELDS.findIndex((field) => field.name === name),
      0,
    );
  const set = (all: readonly string[], indexing: Indexing): void => {
    for (const name of all) names.set(name, { staticIndex: indexOf(name), indexing });
  };
  set(
    STATIC_FIELDS.slice(1).map(({ name }) => name),
    'repeated',
  );
  set(PASSING, 'passing');
  set(SECRET, 'secret');
  return names;
}

const NAMES = nameEntries();
const OTHER: NameEntry = { staticIndex: 0, indexing: 'repeated' };
const OTHER_SECRET: NameEntry = { staticIndex: 0, indexing: 'secret' };

export const nameEntryOf = (name: string): NameEntry =>
  NAMES.get(name) ?? (isSecretName(name) ? OTHER_SECRET : OTHER);

import { describe, expect, test } from 'bun:test';
import type { NodeName, SpiffeId } from '../core/index.ts';
import type { SignedFacts } from '../crypto/index.ts';
import type { HeldRecord } from '../replication/index.ts';
import {
  type AuthorityOf,
  RevocationBook,
  type RevocationClaim,
  revocationKey,
} from './revocation-book.ts';

const NOW = Date.UTC(2030, 0, 1);
// labels and an ID, by inspection
const N1 = 'n1' as NodeName;
const N2 = 'n2' as NodeName;
const N3 = 'n3' as NodeName;
const WEB = 'spiffe://shop.example/ns/default/sa/web' as SpiffeId;
const KEY_1 = '1'.repeat(64);
const KEY_2 = '2'.repeat(64);
const SIGNERS: readonly AuthorityOf[] = [
  { node: N1, keySha256: KEY_1 },
  { node: N2, keySha256: KEY_2 },
];
const BY_N1: SignedFacts = {
  spiffeId: WEB,
  publicKeySha256: 'a'.repeat(64),
  serial: '41ff',
  notBefore: NOW,
  authorityKeySha256: KEY_1,
};

const claimOf = (over: Partial<RevocationClaim> = {}): RevocationClaim => ({
  what: { serial: '41ff' },
  sinceMs: NOW,
  untilMs: NOW + 1_000,
  reason: 'stolen',
  ...over,
});

let n = 0;
function record(writer: NodeName, claim: RevocationClaim): HeldRecord<RevocationClaim> {
  const key = revocationKey(claim.what);
  const sequence = { epoch: 1, boot: 1, n: n++ };
  const publicKey = new Uint8Array(32);
  return { id: `${writer}/revocation/${key}`, writer, key, sequence, publicKey, value: claim };
}

function bookWith(...records: readonly HeldRecord<RevocationClaim>[]): RevocationBook {
  const book = new RevocationBook();
  for (const one of records) book.owner.set(one);
  return book;
}

const refuses = (book: RevocationBook, signed = BY_N1, now = NOW, signers = SIGNERS): boolean =>
  book.inForce([], signers, now).problemOf(signed) !== undefined;

describe('a record of revocation', () => {
  test('by the node of the authority that signed it counts', () => {
    const book = bookWith(record(N1, claimOf()));
    expect(refuses(book)).toBe(true);
    expect(book.views(SIGNERS, NOW)).toMatchObject([{ by: N1, reason: 'stolen' }]);
  });

  test('by a node that is no authority counts for nothing', () => {
    const book = bookWith(record(N3, claimOf()));
    expect(refuses(book)).toBe(false);
    expect(book.views(SIGNERS, NOW)).toEqual([]);
  });

  test('by another authority counts for nothing that this one signed', () => {
    const book = bookWith(record(N2, claimOf()));
    expect(refuses(book)).toBe(false);
    expect(refuses(book, { ...BY_N1, authorityKeySha256: KEY_2 })).toBe(true);
  });

  test('counts for each key of an authority that changes its key, and for none that it has no more', () => {
    const book = bookWith(record(N1, claimOf()));
    const next: AuthorityOf = { node: N1, keySha256: '3'.repeat(64) };
    const byNext = { ...BY_N1, authorityKeySha256: next.keySha256 };
    expect(refuses(book, byNext, NOW, [...SIGNERS, next])).toBe(true);
    expect(refuses(book, BY_N1, NOW, [next])).toBe(false);
  });

  test('ends with what it revokes, and with its record', () => {
    const book = bookWith(record(N1, claimOf()));
    expect(refuses(book, BY_N1, NOW + 1_001)).toBe(false);
    book.owner.unset('n1/revocation/serial-41ff');
    expect(refuses(book)).toBe(false);
  });
});

test('an authority’s node that was stolen takes back all that it signed, and nothing else', () => {
  const all = Array.from({ length: 2_000 }, (_, at) =>
    record(N2, claimOf({ what: { serial: (0x400000 + at).toString(16) } })),
  );
  const book = bookWith(...all);
  const signed = { ...BY_N1, serial: '41ff', authorityKeySha256: KEY_2 };
  expect(book.inForce([], SIGNERS, NOW).problemOf(signed)).toContain('all counts as revoked');
  expect(refuses(book)).toBe(false);
});

test('a claim that makes no sense is refused before it is kept', () => {
  const { read } = new RevocationBook().owner;
  const bad: unknown[] = [
    undefined,
    {},
    claimOf({ what: { serial: '41FF' } }),
    claimOf({ what: { serial: 'ab'.repeat(21) } }),
    claimOf({ what: { keySha256: 'ab' } }),
    { ...claimOf(), what: { fingerprint: 'ab'.repeat(32) } },
    { ...claimOf(), what: { serial: '41ff', keySha256: KEY_1 } },
    claimOf({ untilMs: -1 }),
    claimOf({ reason: 'x'.repeat(257) }),
  ];
  for (const value of bad) expect(read(value, N1).ok).toBe(false);
  expect(read(claimOf(), N1).ok).toBe(true);
});

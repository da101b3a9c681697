import { beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import type { NodeName } from '../core/index.ts';
import { openStore } from '../platform/index.ts';
import type { Store } from '../ports/index.ts';
import { FakeClock, seededRandom } from '../ports/testing/index.ts';
import { TokenBook, type TokenUser } from './token-book.ts';

const HOUR_MS = 3_600_000;
const user = (name: string, key = 1): TokenUser => ({
  node: name as NodeName, // a label, by inspection
  publicKey: new Uint8Array(32).fill(key),
});

const LIMITS = { open: 20, ended: 30 };

let store: Store;
let clock: FakeClock;
let book: TokenBook;
beforeEach(() => {
  store = openStore(':memory:');
  clock = new FakeClock();
  book = new TokenBook(store, clock, seededRandom(81), LIMITS);
});

const codeOf = (secret: Uint8Array, by: TokenUser): string => {
  const result = book.redeem(secret, by);
  return result.ok ? 'redeemed' : result.error.code;
};

describe('a join token', () => {
  test('is redeemed once, and says by whom', () => {
    const { secret, id } = book.create({ lifeMs: HOUR_MS });
    expect(codeOf(secret, user('n2'))).toBe('redeemed');
    expect(codeOf(secret, user('n3'))).toBe('TOKEN_USED');
    expect(book.list()).toMatchObject([{ id, usedBy: { node: 'n2' } }]);
  });

  test('is not used by asking whether it could be', () => {
    const { secret, id } = book.create({ lifeMs: HOUR_MS });
    expect(book.check(secret, user('n2'))).toMatchObject({ ok: true, value: { id } });
    expect(book.check(new Uint8Array(32), user('n2'))).toMatchObject({
      error: { code: 'TOKEN_UNKNOWN' },
    });
    expect(codeOf(secret, user('n3'))).toBe('redeemed');
    expect(book.check(secret, user('n2'))).toMatchObject({ error: { code: 'TOKEN_USED' } });
  });

  test('answers the same node with the same key again, whose first answer was lost', () => {
    const { secret } = book.create({ lifeMs: HOUR_MS });
    expect(codeOf(secret, user('n2'))).toBe('redeemed');
    expect(codeOf(secret, user('n2'))).toBe('redeemed');
    expect(codeOf(secret, user('n2', 9))).toBe('TOKEN_USED');
    clock.advance(HOUR_MS + 1);
    expect(codeOf(secret, user('n2'))).toBe('TOKEN_EXPIRED');
  });

  test('expires', () => {
    const { secret, expiresAt } = book.create({ lifeMs: HOUR_MS });
    expect(expiresAt).toBe(clock.now() + HOUR_MS);
    clock.advance(HOUR_MS);
    expect(codeOf(secret, user('n2'))).toBe('redeemed');
    const late = book.create({ lifeMs: HOUR_MS });
    clock.advance(HOUR_MS + 1);
    expect(codeOf(late.secret, user('n3'))).toBe('TOKEN_EXPIRED');
  });

  test('for one name is for no other, and a wrong try does not use it up', () => {
    const { secret } = book.create({ lifeMs: HOUR_MS, nodeName: user('n2').node });
    expect(codeOf(secret, user('n3'))).toBe('TOKEN_OTHER_NODE');
    expect(codeOf(secret, user('n2'))).toBe('redeemed');
  });

  test('that this authority did not make is unknown', () => {
    book.create({ lifeMs: HOUR_MS });
    expect(codeOf(new Uint8Array(32), user('n2'))).toBe('TOKEN_UNKNOWN');
    expect(codeOf(new Uint8Array(), user('n2'))).toBe('TOKEN_UNKNOWN');
  });

  test('is used or open after a restart as it was before', () => {
    const used = book.create({ lifeMs: HOUR_MS });
    const open = book.create({ lifeMs: HOUR_MS });
    book.redeem(used.secret, user('n2'));
    book = new TokenBook(store, clock, seededRandom(82));
    expect(codeOf(used.secret, user('n3'))).toBe('TOKEN_USED');
    expect(codeOf(open.secret, user('n3'))).toBe('redeemed');
  });

  test('whose use was not committed is open: all of a join, or none of it', () => {
    const { secret } = book.create({ lifeMs: HOUR_MS });
    const failing = () =>
      store.transaction(() => {
        expect(codeOf(secret, user('n2'))).toBe('redeemed');
        throw new Error('the rest of the join failed');
      });
    expect(failing).toThrow('the rest of the join failed');
    expect(codeOf(secret, user('n3'))).toBe('redeemed');
  });

  test('whose entry is damaged is unknown, never open and never for everyone', () => {
    const used = book.create({ lifeMs: HOUR_MS });
    const named = book.create({ lifeMs: HOUR_MS, nodeName: user('n2').node });
    book.redeem(used.secret, user('n2'));
    const space = store.space('join-tokens');
    for (const { id, secret } of [used, named]) {
      const entry = Buffer.from(space.get(id) ?? []);
      entry.write('N2', entry.indexOf('n2')); // no DNS label any more
      space.put(id, entry);
      expect(codeOf(secret, user('n3'))).toBe('TOKEN_UNKNOWN');
    }
  });

  test('is known by its whole secret, not by the part of its hash that is shown', () => {
    const { id } = book.create({ lifeMs: HOUR_MS });
    const guess = new Uint8Array(32).fill(5);
    const space = store.space('join-tokens');
    const sameId = createHash('sha256').update(guess).digest('hex').slice(0, id.length);
    space.put(sameId, space.get(id) ?? new Uint8Array());
    expect(codeOf(guess, user('n2'))).toBe('TOKEN_UNKNOWN');
  });
});

describe('the book', () => {
  test('keeps no secret', () => {
    const { secret } = book.create({ lifeMs: HOUR_MS });
    for (const [, value] of store.space('join-tokens').entries()) {
      expect(Buffer.from(value).includes(secret)).toBe(false);
    }
  });

  test('lets at most so many tokens be open at once', () => {
    for (let i = 0; i < LIMITS.open; i += 1) book.create({ lifeMs: HOUR_MS });
    expect(() => book.create({ lifeMs: HOUR_MS })).toThrow('the most there may be');
    clock.advance(HOUR_MS + 1);
    expect(book.create({ lifeMs: HOUR_MS }).id).toBeString();
  });

  test('remembers at most so many ended tokens, the newest', () => {
    for (let i = 0; i < LIMITS.ended + 5; i += 1) {
      const { secret } = book.create({ lifeMs: HOUR_MS });
      book.redeem(secret, user('n2'));
      clock.advance(1);
    }
    const { id } = book.create({ lifeMs: HOUR_MS });
    const ended = book.list().filter((entry) => entry.id !== id);
    expect(ended).toHaveLength(LIMITS.ended);
    expect(clock.now() - (ended.at(-1)?.createdAt ?? 0)).toBe(LIMITS.ended);
  });
});

import { expect, test } from 'bun:test';
import { nodeNameOf } from '../witness/index.ts';
import { MadeUpAuthority } from './made-up-authority.ts';

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

test('a credential says whose key it is, to whoever holds that key', () => {
  const authority = new MadeUpAuthority(1);
  const credential = authority.issue(nodeNameOf(7), key(7), 2, 1_000);
  expect(credential.length).toBe(300);
  expect(authority.verify(credential, key(7))).toMatchObject({
    ok: true,
    value: { node: 'n00007', epoch: 2, expiresAt: 1_000 },
  });
  expect(authority.verify(credential, key(8)).ok).toBe(false);
});

test('a credential that was altered, or that another authority issued, is nobody’s', () => {
  const [authority, other] = [new MadeUpAuthority(1), new MadeUpAuthority(2)];
  const credential = authority.issue(nodeNameOf(7), key(7), 2, 1_000);
  expect(other.verify(credential, key(7)).ok).toBe(false);
  const altered = credential.map((byte) => (byte === '7'.charCodeAt(0) ? '8'.charCodeAt(0) : byte));
  expect(authority.verify(altered, key(8)).ok).toBe(false);
  expect(authority.verify(new Uint8Array(), key(7)).ok).toBe(false);
});

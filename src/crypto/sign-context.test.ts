import { describe, expect, test } from 'bun:test';
import { verify } from 'node:crypto';
import fc from 'fast-check';
import { generatePrivateKey, publicKeyOf } from './keys.ts';
import { signContext, signDocument, verifyContext, verifyDocument } from './sign-context.ts';

const RECORD = 'selvage/record/v1';
const CREDENTIAL = 'selvage/credential/v1';

describe.each(['ed25519', 'p256'] as const)('a signature by a key of kind %s', (kind) => {
  const key = generatePrivateKey(kind);
  const publicKey = publicKeyOf(key);

  test('holds for its bytes and its context, and gives the bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const signature = signContext(key, RECORD, bytes);
        expect(signature).toHaveLength(64);
        expect<Uint8Array | undefined>(verifyContext(publicKey, RECORD, bytes, signature)).toBe(
          bytes,
        );
        expect(verifyContext(publicKey, CREDENTIAL, bytes, signature)).toBeUndefined();
      }),
      { seed: 21, numRuns: 50 },
    );
  });

  test('fails with any bit of the bytes or of itself changed', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const signature = signContext(key, RECORD, bytes);
    for (const [what, at] of [
      [bytes, 1],
      [signature, 0],
      [signature, 63],
    ] as const) {
      what[at] = (what[at] ?? 0) ^ 4;
      expect(verifyContext(publicKey, RECORD, bytes, signature)).toBeUndefined();
      what[at] = (what[at] ?? 0) ^ 4;
    }
    expect(verifyContext(publicKey, RECORD, bytes, signature)).toBeDefined();
  });

  test('of any other length is a wrong one, not an accident', () => {
    for (const length of [0, 1, 63, 65, 500]) {
      const signature = new Uint8Array(length);
      expect(verifyContext(publicKey, RECORD, new Uint8Array(4), signature)).toBeUndefined();
    }
  });

  test('of one key is none of another', () => {
    const bytes = new Uint8Array([7]);
    const other = publicKeyOf(generatePrivateKey(kind));
    expect(verifyContext(other, RECORD, bytes, signContext(key, RECORD, bytes))).toBeUndefined();
  });
});

describe('a document', () => {
  const key = generatePrivateKey('ed25519');

  test('is signed as it is, for formats that carry their purpose inside', () => {
    const json = Buffer.from('{"_type":"root"}');
    const signature = signDocument(key, json);
    expect(verify(null, json, publicKeyOf(key), signature)).toBe(true);
    expect(verifyDocument(publicKeyOf(key), json, signature)).toBe(true);
    expect(verifyDocument(publicKeyOf(key), Buffer.from('{"_type":"toot"}'), signature)).toBe(
      false,
    );
  });

  test('must be a JSON object, so that no signature with a context can be had this way', () => {
    const forged = Buffer.from(`${RECORD}\0payload`);
    expect(() => signDocument(key, forged)).toThrow("must begin with '{'");
    expect(() => signDocument(key, new Uint8Array())).toThrow("must begin with '{'");
    const own = Buffer.from('payload');
    const signature = signContext(key, RECORD, own);
    expect(verifyDocument(publicKeyOf(key), forged, signature)).toBe(false);
  });
});

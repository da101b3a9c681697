import { expect, test } from 'bun:test';
import { calculateJwkThumbprint } from 'jose';
import { generatePrivateKey, publicKeyOf } from './keys.ts';
import { newAuthority } from './testing/index.ts';
import { certificateJwk, tokenKeyJwk, tokenKeyOf } from './token-key.ts';

test('a token key is named by its RFC 7638 thumbprint', async () => {
  const jwk = tokenKeyOf(publicKeyOf(generatePrivateKey('p256')));
  expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk, 'sha256'));
  expect(tokenKeyJwk(jwk.x, jwk.y)).toEqual(jwk);
});

test('a CA certificate stands in a bundle with its key and itself, and without a name', async () => {
  const { bundle } = await newAuthority();
  const jwk = certificateJwk(bundle.anchors[0]?.pem ?? '');
  expect(Object.keys(jwk).sort()).toEqual(['crv', 'kty', 'x', 'x5c', 'y']);
});

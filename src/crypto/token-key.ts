import { X509Certificate } from 'node:crypto';
import { sha256 } from './digest.ts';
import type { PublicKey } from './keys.ts';
import type { PublicJwk } from './public-jwk.ts';

/** A P-256 public key as those who check tokens read it, named by its thumbprint. */
export type TokenKeyJwk = Extract<PublicJwk, { kty: 'EC' }> & {
  readonly crv: 'P-256';
  readonly kid: string;
};

/** As {@link TokenKeyJwk}, from the coordinates of the key (base64url, RFC 7518 section 6.2.1). */
export const tokenKeyJwk = (x: string, y: string): TokenKeyJwk => ({
  kty: 'EC',
  crv: 'P-256',
  x,
  y,
  kid: thumbprint(x, y),
  alg: 'ES256',
});

export function tokenKeyOf(key: PublicKey<'p256'>): TokenKeyJwk {
  const { x = '', y = '' } = key.export({ format: 'jwk' }); // an EC key has both
  return tokenKeyJwk(x, y);
}

/** A CA certificate as a key of a SPIFFE bundle (SPIFFE Trust Domain and Bundle, section 4.2.1), without its use. */
export const certificateJwk = (pem: string): object => {
  const { publicKey, raw } = new X509Certificate(pem);
  return { ...publicKey.export({ format: 'jwk' }), x5c: [raw.toString('base64')] };
};

/** RFC 7638 section 3: SHA-256 over the required members in the order of their names, base64url. */
const thumbprint = (x: string, y: string): string =>
  Buffer.from(
    sha256(new TextEncoder().encode(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))),
  ).toString('base64url');

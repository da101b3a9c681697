import { privateKeyFromPem } from '../../src/crypto/index.ts';
import { signerOf, type TrustSigner } from '../../src/governance/index.ts';
import type { Random } from '../../src/ports/index.ts';

/** PKCS8 of an Ed25519 key up to its 32 bytes (RFC 8410, section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A real key, drawn: one seed gives the same keys, so the same signatures and the same bytes on the way. */
export function signingKey(random: Random): TrustSigner {
  const der = Buffer.concat([PKCS8, random.bytes(32)]).toString('base64');
  return signerOf(
    privateKeyFromPem(
      'ed25519',
      `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
    ),
  );
}

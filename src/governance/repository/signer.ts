import { type Metadata, Signature } from '@tufjs/models';
import {
  generatePrivateKey,
  type PrivateKey,
  privateKeyFromPem,
  publicKeyFromRaw,
  publicKeyOf,
  rawPublicKey,
  signDocument,
  verifyDocument,
} from '../../crypto/index.ts';
import { tufKey } from './keys.ts';

/** Something that signs for one key of the trust repository: a governor, or an authority online. */
export interface TrustSigner {
  /** Raw Ed25519 public key, hex. */
  readonly publicKey: string;
  /** Ed25519 over one signed part of TUF metadata in canonical JSON. */
  sign(canonical: Uint8Array): Uint8Array;
}

export const signerOf = (key: PrivateKey<'ed25519'>): TrustSigner => ({
  publicKey: Buffer.from(rawPublicKey(publicKeyOf(key))).toString('hex'),
  sign: (canonical) => signDocument(key, canonical),
});

/** A new governor's key, to be written to a file that no node ever sees (`privateKeyToPem`). */
export const createGovernorKey = (): PrivateKey<'ed25519'> => generatePrivateKey('ed25519');

/**
 * A governor, from the PKCS8 PEM of its key. It lives in the command line's process only.
 *
 * @throws CryptoError KEY_MALFORMED, KEY_WRONG_KIND
 */
export const governorFromPem = (pem: string): TrustSigner =>
  signerOf(privateKeyFromPem('ed25519', pem));

/** Is `sig` (hex) a signature of this raw Ed25519 key (hex) over a signed part in canonical JSON? */
export function isSignatureOver(canonical: Uint8Array, publicKey: string, sig: string): boolean {
  const key = publicKeyFromRaw(Buffer.from(publicKey, 'hex'));
  return key.ok && verifyDocument(key.value, canonical, Buffer.from(sig, 'hex'));
}

/** Adds `signer`'s signature to `metadata`, replacing an earlier one of the same key. */
export function sign(metadata: Pick<Metadata<never>, 'sign'>, signer: TrustSigner): void {
  const { keyID } = tufKey(signer);
  metadata.sign(
    (canonical) =>
      new Signature({ keyID, sig: Buffer.from(signer.sign(canonical)).toString('hex') }),
  );
}

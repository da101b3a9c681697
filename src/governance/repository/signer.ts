import { Key, type Metadata, Signature } from '@tufjs/models';
import {
  generatePrivateKey,
  type PrivateKey,
  privateKeyFromPem,
  publicKeyOf,
  rawPublicKey,
  sha256Hex,
  signDocument,
} from '../../crypto/index.ts';
import { canonicalJson } from '../canonical-json.ts';

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

/** TUF section 4.2: a key, named by the SHA-256 of its canonical form. */
export function tufKey(publicKey: string): Key {
  const fields = { keytype: 'ed25519', keyval: { public: publicKey }, scheme: 'ed25519' };
  return new Key({
    keyID: sha256Hex(Buffer.from(canonicalJson(fields))),
    keyType: fields.keytype,
    scheme: fields.scheme,
    keyVal: fields.keyval,
  });
}

/** Adds `signer`'s signature to `metadata`, replacing an earlier one of the same key. */
export function sign(metadata: Pick<Metadata<never>, 'sign'>, signer: TrustSigner): void {
  const { keyID } = tufKey(signer.publicKey);
  metadata.sign(
    (canonical) =>
      new Signature({ keyID, sig: Buffer.from(signer.sign(canonical)).toString('hex') }),
  );
}

import { sign, verify } from 'node:crypto';
import { CryptoError } from './errors.ts';
import { keyKind, type PrivateKey, type PublicKey } from './keys.ts';
import { markVerified, type Verified } from './verified.ts';

/** What a signature is for. It is signed along, so that none can be used for another purpose. */
export type SignatureContext =
  | 'selvage/record/v1'
  | 'selvage/credential/v1'
  | 'selvage/trust-announcement/v1'
  | 'selvage/join/v1'
  | 'selvage/datagram/v1'
  | 'selvage/life/v1'
  | 'selvage/accusation/v1'
  | 'selvage/answer/v1';

const JSON_OBJECT = 0x7b; // '{': no context begins with it

/**
 * Signs context ‖ 0x00 ‖ bytes. Both kinds give 64 bytes: Ed25519 (RFC 8032), or ECDSA P-256 with
 * SHA-256 as r ‖ s (IEEE P1363).
 */
export const signContext = (
  key: PrivateKey,
  context: SignatureContext,
  bytes: Uint8Array,
): Uint8Array => signBytes(key, inContext(context, bytes));

/** `bytes` as verified when the signature over them is good, else undefined. Never throws. */
export const verifyContext = (
  key: PublicKey,
  context: SignatureContext,
  bytes: Uint8Array,
  signature: Uint8Array,
): Verified<Uint8Array> | undefined =>
  verifyBytes(key, inContext(context, bytes), signature) ? markVerified(bytes) : undefined;

/**
 * Signs a JSON object as it is, for formats that others define and that carry their purpose inside
 * (TUF's `_type`). Its first byte keeps it apart from everything that {@link signContext} signs.
 * @throws CryptoError DOCUMENT_NOT_JSON
 */
export function signDocument(key: PrivateKey<'ed25519'>, json: Uint8Array): Uint8Array {
  if (json[0] !== JSON_OBJECT) {
    throw new CryptoError('DOCUMENT_NOT_JSON', "a document to sign must begin with '{'");
  }
  return signBytes(key, json);
}

/** Is the signature over a JSON object that {@link signDocument} signed good? Never throws. */
export const verifyDocument = (
  key: PublicKey<'ed25519'>,
  json: Uint8Array,
  signature: Uint8Array,
): boolean => json[0] === JSON_OBJECT && verifyBytes(key, json, signature);

function inContext(context: SignatureContext, bytes: Uint8Array): Uint8Array {
  const prefix = new TextEncoder().encode(`${context}\0`);
  const whole = new Uint8Array(prefix.length + bytes.length);
  whole.set(prefix);
  whole.set(bytes, prefix.length);
  return whole;
}

const signBytes = (key: PrivateKey, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(
    keyKind(key) === 'ed25519'
      ? sign(null, bytes, key)
      : sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
  );

const verifyBytes = (key: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean =>
  keyKind(key) === 'ed25519'
    ? verify(null, bytes, key, signature)
    : verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);

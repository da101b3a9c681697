import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { type Brand, err, ok, type Result } from '../core/index.ts';
import { sha256Hex } from './digest.ts';
import { CryptoError } from './errors.ts';

/** Ed25519 (RFC 8032) for nodes and the trust repository, P-256 (FIPS 186-5) for X.509. */
export type KeyKind = 'ed25519' | 'p256';

/** Opaque outside this room: pass it on, never look inside. */
export type PrivateKey<Kind extends KeyKind = KeyKind> = Brand<KeyObject, `private ${Kind}`>;
export type PublicKey<Kind extends KeyKind = KeyKind> = Brand<KeyObject, `public ${Kind}`>;

const ED25519_BYTES = 32; // RFC 8032 section 5.1.5: both the seed and the public key

/** Which of our kinds a key is; undefined for any other (RSA, P-384, …). */
export function keyKind(key: KeyObject): KeyKind | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return key.asymmetricKeyType === 'ec' && curve === 'prime256v1' ? 'p256' : undefined;
}

export function generatePrivateKey<Kind extends KeyKind>(kind: Kind): PrivateKey<Kind> {
  const pair =
    kind === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return pair.privateKey as PrivateKey<Kind>; // of the kind that was just asked for
}

/**
 * Reads an unencrypted PKCS8 PEM.
 * @throws CryptoError KEY_MALFORMED, KEY_WRONG_KIND
 */
export function privateKeyFromPem<Kind extends KeyKind>(kind: Kind, pem: string): PrivateKey<Kind> {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new CryptoError('KEY_MALFORMED', `this is no ${kind} private key in PEM`, { cause });
  }
  const found = keyKind(key);
  if (found !== kind) {
    const type = found ?? key.asymmetricKeyType ?? 'unknown';
    throw new CryptoError('KEY_WRONG_KIND', `expected a key of kind ${kind}, found ${type}`);
  }
  return key as PrivateKey<Kind>; // its kind was compared
}

/** PKCS8 PEM, unencrypted: for a file of mode 0600 and nothing else. */
export const privateKeyToPem = (key: PrivateKey): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** PKCS #8. */
export const privateKeyToDer = (key: PrivateKey): Uint8Array =>
  new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }));

export const publicKeyOf = <Kind extends KeyKind>(key: PrivateKey<Kind>): PublicKey<Kind> =>
  createPublicKey(key) as PublicKey<Kind>; // a pair has one kind

/** The 32 bytes of RFC 8032. */
export const rawPublicKey = (key: PublicKey<'ed25519'>): Uint8Array =>
  fromBase64Url(key.export({ format: 'jwk' }).x);

/**
 * Points of small order, hex with the sign bit cleared, the
 * last three not reduced. Under such a "key" one signature is good for every message, or for one in eight.
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

function isOfSmallOrder(bytes: Uint8Array): boolean {
  const y = Buffer.from(bytes);
  y[ED25519_BYTES - 1] = (y[ED25519_BYTES - 1] ?? 0) & 0x7f;
  return SMALL_ORDER.has(y.toString('hex'));
}

/** Takes the 32 bytes of RFC 8032, except those under which anyone can sign. */
export function publicKeyFromRaw(bytes: Uint8Array): Result<PublicKey<'ed25519'>, string> {
  if (bytes.length !== ED25519_BYTES) {
    return err(`an Ed25519 public key has ${ED25519_BYTES} bytes, not ${bytes.length}`);
  }
  if (isOfSmallOrder(bytes))
    return err('this Ed25519 public key is of small order: anyone can sign');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') };
  return ok(createPublicKey({ key: jwk, format: 'jwk' }) as PublicKey<'ed25519'>); // by its curve
}

/** The 32 byte seed of RFC 8032, for the peer-to-peer host, which keeps its own form of the key. */
export const privateKeySeed = (key: PrivateKey<'ed25519'>): Uint8Array =>
  fromBase64Url(key.export({ format: 'jwk' }).d);

/** DER of SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). */
const publicKeyDer = (key: PublicKey): Uint8Array =>
  new Uint8Array(key.export({ type: 'spki', format: 'der' }));

/** SHA-256 over {@link publicKeyDer}, hex: how a CA key is named in tokens and credentials. */
export const publicKeySha256 = (key: PublicKey): string => sha256Hex(publicKeyDer(key));

/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 section 4) before its 32 bytes. */
const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** {@link publicKeySha256} of the 32 bytes of RFC 8032, whether they are a key or not. */
export const ed25519KeySha256 = (raw: Uint8Array): string =>
  sha256Hex(Buffer.concat([ED25519_SPKI_PREFIX, raw]));

function fromBase64Url(text: string | undefined): Uint8Array {
  if (text === undefined) throw new CryptoError('KEY_WRONG_KIND', 'the key has no such part');
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

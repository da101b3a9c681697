import { createPublicKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../core/index.ts';
import { publicKeyFromRaw } from './keys.ts';

/** What tokens may be signed with (RFC 7518 section 3.1, RFC 8037, RFC 9864): no `none`, no shared secrets. */
export type JwsAlgorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS][number];

/** A public key for signatures as RFC 7517 writes it, without anything that is not read here. */
export type PublicJwk = (
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: EllipticCurve; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
) & { readonly kid?: string; readonly alg?: JwsAlgorithm };

type EllipticCurve = 'P-256' | 'P-384' | 'P-521';

/** A key signs with what belongs to its kind, never with what a token's header asks for (RFC 8725 section 3.1). */
const ALGORITHMS = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA', 'Ed25519'],
} as const;

const KINDS = 'write an RSA key, an EC key (P-256, P-384, P-521) or an OKP key (Ed25519)';
/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;
const RSA_MIN_BITS = 2_048; // RFC 7518 section 3.3
const RSA_MAX_BITS = 8_192; // more only costs time to verify
const RSA_EXPONENT = 65_537n; // what every issuer uses; under the exponent 1 anyone can sign
const MAX_KID_CHARACTERS = 256;

/**
 * Reads a key that issuers publish. Members that are not understood are left out (RFC 7517 section 4);
 * private keys, shared secrets, weak keys and keys that are not for signatures are refused.
 */
export function parsePublicJwk(value: unknown): Result<PublicJwk, string> {
  if (!isObject(value)) return err('write a JSON Web Key (RFC 7517), a block with the field kty');
  const misuse = misuseOf(value);
  if (misuse !== undefined) return err(misuse);
  const material = materialOf(value);
  if (!material.ok) return material;
  const { kid, alg } = value;
  if (kid !== undefined && !isKeyId(kid)) {
    return err(`write a kid of 1 to ${MAX_KID_CHARACTERS} characters, or leave it out`);
  }
  const named = kid === undefined ? material.value : { ...material.value, kid };
  if (alg === undefined) return ok(named);
  const known = jwsAlgorithmsOf(named);
  const chosen = known.find((name) => name === alg);
  return chosen === undefined
    ? err(`write one of ${known.join(', ')} as its alg, or leave it out`)
    : ok({ ...named, alg: chosen });
}

/** The algorithms that a signature of this key may have: the one that it names, else all of its kind. */
export function jwsAlgorithmsOf(key: PublicJwk): readonly JwsAlgorithm[] {
  if (key.alg !== undefined) return [key.alg];
  return ALGORITHMS[key.kty === 'RSA' ? 'RSA' : key.crv];
}

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isKeyId = (kid: unknown): kid is string =>
  typeof kid === 'string' && kid.length > 0 && kid.length <= MAX_KID_CHARACTERS;

function misuseOf(value: Members): string | undefined {
  const { kty, use, key_ops: operations } = value;
  if (kty === 'oct') {
    return 'it is a shared secret: whoever can check a token with it can make one; use a public key';
  }
  const secret = PRIVATE_MEMBERS.find((member) => Object.hasOwn(value, member));
  if (secret !== undefined) {
    return `'${secret}' belongs to a private key, which is now known to others: make a new key, and write its public part only`;
  }
  const verifies =
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')));
  return verifies ? undefined : 'it is not for signatures (use, key_ops): take it out';
}

function materialOf({ kty, crv, n, e, x, y }: Members): Result<PublicJwk, string> {
  if (kty === 'RSA') return rsaKey({ kty, n, e });
  if (kty === 'EC' && (crv === 'P-256' || crv === 'P-384' || crv === 'P-521')) {
    return ellipticKey(crv, { kty, crv, x, y });
  }
  if (kty !== 'OKP' || crv !== 'Ed25519') return err(KINDS);
  if (typeof x !== 'string') return err('write its x in base64url');
  const raw = Buffer.from(x, 'base64url');
  const key = publicKeyFromRaw(raw);
  return key.ok ? ok({ kty, crv, x: raw.toString('base64url') }) : key;
}

function rsaKey(members: Members): Result<PublicJwk, string> {
  const key = readKey(members);
  const { modulusLength: bits = 0, publicExponent } = key?.asymmetricKeyDetails ?? {};
  const { n, e } = key?.export({ format: 'jwk' }) ?? {};
  if (n === undefined || e === undefined) return err('write its n and e in base64url');
  if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS) {
    return err(`it has ${bits} bits: use a key of ${RSA_MIN_BITS} to ${RSA_MAX_BITS} bits`);
  }
  if (publicExponent !== RSA_EXPONENT) return err('use a key with the exponent 65537 (AQAB)');
  return ok({ kty: 'RSA', n, e });
}

function ellipticKey(crv: EllipticCurve, members: Members): Result<PublicJwk, string> {
  const { x, y } = readKey(members)?.export({ format: 'jwk' }) ?? {};
  return x === undefined || y === undefined
    ? err(`write its x and y in base64url: they are no point of ${crv}`)
    : ok({ kty: 'EC', crv, x, y });
}

function readKey(members: Members): KeyObject | undefined {
  if (Object.values(members).some((member) => typeof member !== 'string')) return undefined;
  try {
    return createPublicKey({ key: { ...members }, format: 'jwk' });
  } catch {
    return undefined; // an Error is how it says "no key"
  }
}

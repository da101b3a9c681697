import { JOSEError } from 'jose/errors';
import { CompactSign } from 'jose/jws/compact/sign';
import { compactVerify } from 'jose/jws/compact/verify';
import { hasDuplicateMembers } from './duplicate-members.ts';
import type { PrivateKey } from './keys.ts';
import type { JwsAlgorithm, PublicJwk } from './public-jwk.ts';
import { markVerified, type Verified } from './verified.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON Web Signature (RFC 7515) over a JSON object, taken apart. Nothing in it is proven yet. */
export interface UnverifiedJws {
  readonly compact: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

const PARTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/; // RFC 7515 section 7.1: base64url without padding

/**
 * Takes a compact serialization apart; undefined when it is none, not over a JSON object, or says
 * something twice.
 */
export function readJws(compact: string): UnverifiedJws | undefined {
  const parts = PARTS.exec(compact);
  const header = readObject(parts?.[1]);
  const payload = readObject(parts?.[2]);
  return header === undefined || payload === undefined ? undefined : { compact, header, payload };
}

/**
 * The payload when the signature over it is of `key` in `algorithm`, else undefined. The header's own
 * keys (`jwk`, `jku`, `x5u`, `x5c`) are never looked at; `crit` is refused (RFC 7515 section 4.1.11).
 */
export async function verifyJws(
  { compact, header, payload }: UnverifiedJws,
  key: PublicJwk,
  algorithm: JwsAlgorithm,
): Promise<Verified<JsonObject> | undefined> {
  if (Object.hasOwn(header, 'crit')) return undefined;
  try {
    await compactVerify(compact, key, { algorithms: [algorithm] });
  } catch (error) {
    if (error instanceof JOSEError) return undefined;
    throw error;
  }
  return markVerified(payload); // decoded from the very text that was signed
}

/** The header of what {@link signJws} signs: which key it was, and what the payload is. */
export interface SignedHeader {
  readonly kid: string;
  readonly typ: string;
}

/** Signs a JSON object with ES256 (RFC 7518 section 3.4); a compact serialization. */
export const signJws = (
  key: PrivateKey<'p256'>,
  { kid, typ }: SignedHeader,
  payload: JsonObject,
): Promise<string> =>
  new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', kid, typ })
    .sign(key);

function readObject(part: string | undefined): JsonObject | undefined {
  try {
    const bytes = Buffer.from(part ?? '', 'base64url');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && !hasDuplicateMembers(text) ? { ...value } : undefined;
  } catch {
    return undefined; // a SyntaxError or TypeError is how they say "malformed"
  }
}

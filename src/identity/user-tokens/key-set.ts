import { err, ok, type Result } from '../../core/index.ts';
import { type PublicJwk, parsePublicJwk } from '../../crypto/index.ts';

/** Longest key set that is read, bytes: 32 of the largest keys with their certificates fit. */
export const MAX_KEY_SET_BYTES = 262_144;
/** Keys of one issuer: each is compared with every token, and sent to every sidecar. */
export const MAX_KEYS_OF_ISSUER = 32;

/**
 * The keys of an issuer as it publishes them (RFC 7517 section 5). Those that tokens cannot be checked with are
 * left out (of another kind, for encryption, too weak); what is no key set, or too large, is refused. Never throws.
 */
export function readKeySet(text: string): Result<readonly PublicJwk[], string> {
  const listed = listedIn(text);
  if (listed === undefined) return err('it is no JSON Web Key Set');
  if (listed.length > MAX_KEYS_OF_ISSUER) return err(`it has more than ${MAX_KEYS_OF_ISSUER} keys`);
  return ok(
    listed.flatMap((value) => {
      const key = parsePublicJwk(value);
      return key.ok ? [key.value] : [];
    }),
  );
}

function listedIn(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('keys' in value)) return undefined;
    return Array.isArray(value.keys) ? value.keys : undefined;
  } catch {
    return undefined; // a SyntaxError, or a RangeError where it is nested too deep
  }
}

import {
  err,
  ok,
  parseSpiffeId,
  type Result,
  type SpiffeId,
  spiffeTrustDomain,
  workloadOf,
} from '../../core/index.ts';
import {
  readJws,
  readVerified,
  type TokenKeyJwk,
  type UnverifiedJws,
  type Verified,
  verifyJws,
} from '../../crypto/index.ts';
import type { EpochMs } from '../../ports/index.ts';
import { type Claims, lifeOf, madeAt } from '../token-life.ts';
import { audiencesOf } from './audience.ts';
import { MAX_JWT_SVID_BYTES } from './limits.ts';
import { mayNameInTokens, type TokenBundle } from './token-bundle.ts';

/** What a JWT-SVID says, once it is checked. */
export interface JwtSvidClaims {
  readonly spiffeId: SpiffeId;
  readonly audiences: readonly string[];
  readonly expiresAt: EpochMs;
  /** All that it says, for those who ask for more than the above. */
  readonly claims: Claims;
}

/** Closed: these are metric labels. */
export type JwtSvidRefusalReason =
  | 'too-large'
  | 'malformed'
  | 'wrong-algorithm'
  /** Its header has a member that a JWT-SVID may not have, such as a key of its own (JWT-SVID section 2). */
  | 'other-header'
  | 'wrong-type'
  | 'wrong-subject'
  | 'other-trust-domain'
  | 'wrong-audience'
  | 'expired'
  | 'not-yet-valid'
  | 'unknown-key'
  | 'other-namespace'
  | 'revoked'
  | 'bad-signature';

export interface JwtSvidRefusal {
  readonly reason: JwtSvidRefusalReason;
  /** In words, for a log or the one who asked; nothing of the token but its claims. */
  readonly detail: string;
}

const HEADERS: ReadonlySet<string> = new Set(['alg', 'kid', 'typ']);
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'JWT', 'JOSE']);

type Judged<T> = Result<T, JwtSvidRefusal>;

const refuse = (reason: JwtSvidRefusalReason, detail: string) =>
  err<JwtSvidRefusal>({ reason, detail });

/**
 * Decides whether `token` proves a workload's identity to `audience` at `now` (JWT-SVID sections 2 to 4):
 * signed with a key in force of the subject's own trust domain, by an authority that may name its namespace.
 * Nothing that the header brings along has a say but the name of the key. Never throws.
 */
export async function verifyJwtSvid(
  token: string,
  bundle: TokenBundle,
  { audience, now }: { readonly audience: string; readonly now: EpochMs },
): Promise<Judged<Verified<JwtSvidClaims>>> {
  if (Buffer.byteLength(token) > MAX_JWT_SVID_BYTES) {
    return refuse('too-large', `a JWT-SVID has at most ${MAX_JWT_SVID_BYTES} bytes`);
  }
  const jws = readJws(token);
  if (jws === undefined) return refuse('malformed', 'this is no JWT in compact serialization');
  const header = headerProblem(jws);
  if (header !== undefined) return err(header);
  const claims = readClaims(jws.payload, bundle, now);
  if (!claims.ok) return claims;
  if (!claims.value.audiences.includes(audience)) {
    return refuse(
      'wrong-audience',
      `it is meant for ${claims.value.audiences.join(', ')}, not for ${audience}`,
    );
  }
  const { spiffeId } = claims.value;
  const key = keyFor(jws, spiffeId, bundle, now);
  if (!key.ok) return key;
  const payload = await verifyJws(jws, key.value, 'ES256');
  const verified = payload && readVerified(payload, () => claims.value); // read out of this very payload
  if (verified === undefined) return refuse('bad-signature', 'its key did not sign it');
  // Last: who is revoked is for those who hold a token alone, and anybody may ask with one that is forged.
  return madeAt(jws.payload) < bundle.revocations.earliestForWorkload(spiffeId)
    ? refuse('revoked', `${spiffeId} was revoked after it`)
    : ok(verified);
}

/** What is wrong with the header (JWT-SVID section 2). Keys in force are of P-256, and sign with ES256 only. */
function headerProblem({ header }: UnverifiedJws): JwtSvidRefusal | undefined {
  if (header.alg !== 'ES256') {
    return { reason: 'wrong-algorithm', detail: 'it is not signed with ES256' };
  }
  const other = Object.keys(header).find((name) => !HEADERS.has(name));
  if (other !== undefined) {
    return { reason: 'other-header', detail: 'its header has more than alg, kid and typ' };
  }
  if (!TYPES.has(header.typ)) return { reason: 'wrong-type', detail: 'its typ is not JWT' };
  return undefined;
}

function readClaims(payload: Claims, bundle: TokenBundle, now: EpochMs): Judged<JwtSvidClaims> {
  const { sub } = payload;
  const spiffeId = typeof sub === 'string' ? parseSpiffeId(sub) : err('it has no subject');
  if (!spiffeId.ok) return refuse('wrong-subject', spiffeId.error);
  if (spiffeTrustDomain(spiffeId.value) !== bundle.trustDomain) {
    return refuse('other-trust-domain', `${spiffeId.value} is not of ${bundle.trustDomain}`);
  }
  if (workloadOf(spiffeId.value) === undefined) {
    return refuse('wrong-subject', `${spiffeId.value} is no workload`);
  }
  const audiences = audiencesOf(payload);
  if (audiences === undefined) return refuse('malformed', 'it does not say whom it is meant for');
  const life = lifeOf(payload, now);
  if (!life.ok) return refuse(life.error, LIFE_PROBLEMS[life.error]);
  return ok({ spiffeId: spiffeId.value, audiences, expiresAt: life.value, claims: payload });
}

const LIFE_PROBLEMS = {
  malformed: 'its dates are no numbers, or it has no end',
  expired: 'it has ended',
  'not-yet-valid': 'it has not begun yet',
} as const;

/** The key that the header names, if one of those who have it in force may name the subject's namespace. */
function keyFor(
  { header: { kid } }: UnverifiedJws,
  spiffeId: SpiffeId,
  bundle: TokenBundle,
  now: EpochMs,
): Judged<TokenKeyJwk> {
  const named = bundle.current(now).filter(({ jwk }) => jwk.kid === kid);
  if (named.length === 0) return refuse('unknown-key', 'no authority in force has its key');
  const able = named.find(({ namespaces }) => mayNameInTokens(namespaces, spiffeId));
  return able === undefined
    ? refuse('other-namespace', `the authority of its key may not name ${spiffeId}`)
    : ok(able.jwk);
}

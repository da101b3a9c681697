import { err, ok, type Result, type SpiffeId } from '../../core/index.ts';
import {
  type JwsAlgorithm,
  jwsAlgorithmsOf,
  type PublicJwk,
  type Revocations,
  readJws,
  type UnverifiedJws,
} from '../../crypto/index.ts';
import type { EpochMs } from '../../ports/index.ts';
import { lifeOf, madeAt } from '../token-life.ts';
import { MESH_USER_TYPE, meshUserOf } from './mesh-user.ts';
import type { RequestAuthentication } from './request-authentication.ts';
import { isMeantFor, type UserClaim, userOf } from './token-claims.ts';
import type { TokenRefusalReason } from './token-verdict.ts';

/** A token that is good if its signature is. */
export interface PlausibleToken extends UserClaim {
  readonly jws: UnverifiedJws;
  readonly key: PublicJwk;
  readonly algorithm: JwsAlgorithm;
}

type Judged<T> = Result<T, TokenRefusalReason>;

/** RFC 7519 section 5.1 and RFC 9068 section 2.1; a token of any other type was made for something else. */
const TYPES: ReadonlySet<unknown> = new Set([
  undefined,
  'jwt',
  'jose',
  'at+jwt',
  'application/at+jwt',
]);

/** What tokens are judged by. */
export interface TokenFacts {
  /** In order of their names; the first whose issuer and audience fit decides. */
  readonly authentications: readonly RequestAuthentication[];
  /** Of the workloads that act for people. */
  readonly revocations: Revocations;
}

/**
 * Everything about a token but its signature, which costs most: who it says made it, for whom, with which
 * key, until when, and whether who acts by it still may.
 */
export function judgeToken(
  token: string,
  { authentications, revocations }: TokenFacts,
  now: EpochMs,
): Judged<PlausibleToken> {
  const jws = readJws(token);
  if (jws === undefined) return err('malformed');
  if (Object.hasOwn(jws.header, 'crit')) return err('critical-header');
  const { typ } = jws.header;
  const type = typeof typ === 'string' ? typ.toLowerCase() : typ;
  if (!TYPES.has(type)) return err('wrong-type');
  const authentication = authenticationFor(jws, authentications);
  if (!authentication.ok) return authentication;
  const { ofMesh } = authentication.value;
  if (ofMesh === true && type !== MESH_USER_TYPE) return err('wrong-type'); // it proves a workload
  const signer = signerOf(jws, authentication.value.keys);
  if (!signer.ok) return signer;
  const life = lifeOf(jws.payload, now);
  if (!life.ok) return life;
  const user =
    ofMesh === true
      ? meshUserOf(jws.payload, authentication.value.claims)
      : userOf(jws.payload, authentication.value);
  if (user === undefined) return err('wrong-claim');
  const isRevoked = hasRevokedActor(user.actors ?? [], madeAt(jws.payload), revocations);
  if (isRevoked) return err('revoked');
  return ok({ jws, ...signer.value, user, expiresAt: life.value });
}

/** Whether one of the workloads that act by a token which was made at `made` was revoked after it. */
export const hasRevokedActor = (
  actors: readonly SpiffeId[],
  made: EpochMs,
  revocations: Revocations,
): boolean => actors.some((actor) => made < revocations.earliestForWorkload(actor));

function authenticationFor(
  { payload }: UnverifiedJws,
  authentications: readonly RequestAuthentication[],
): Judged<RequestAuthentication> {
  const ofIssuer = authentications.filter(({ issuer }) => issuer === payload.iss);
  if (ofIssuer.length === 0) return err('unknown-issuer');
  const found = ofIssuer.find(({ audiences }) => isMeantFor(payload, audiences));
  return found === undefined ? err('wrong-audience') : ok(found);
}

/**
 * The one key that the header can mean. Its `kid` is followed to the letter; without one the algorithm must
 * leave a single key. Nothing else in the header has a say, so no token brings its own key.
 */
function signerOf(
  { header: { kid, alg } }: UnverifiedJws,
  keys: readonly PublicJwk[],
): Judged<Pick<PlausibleToken, 'key' | 'algorithm'>> {
  const named = kid === undefined ? keys : keys.filter((key) => key.kid === kid);
  if (named.length === 0) return err('unknown-key');
  const fitting = named.flatMap((key) => {
    const algorithm = jwsAlgorithmsOf(key).find((name) => name === alg);
    return algorithm === undefined ? [] : [{ key, algorithm }];
  });
  const [only] = fitting;
  if (only === undefined) return err('wrong-algorithm');
  return fitting.length === 1 ? ok(only) : err('unknown-key');
}

import type { NodeName, SpiffeId } from '../../core/index.ts';
import {
  type PrivateKey,
  publicKeyOf,
  signJws,
  type TokenKeyJwk,
  tokenKeyOf,
} from '../../crypto/index.ts';
import type { Clock, EpochMs, Ledger, Random } from '../../ports/index.ts';
import { type EndUser, MESH_USER_TYPE, meshUserClaims } from '../user-tokens/index.ts';
import { TOKEN_LIFE_MS } from './limits.ts';

/** A signed token. Whoever holds its text may use it. */
export interface SignedToken {
  /** Compact serialization. */
  readonly token: string;
  readonly issuedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

/** Whom a token speaks of: a workload itself, or a person for whom workloads act, the last one first. */
export type TokenSubject =
  | { readonly kind: 'workload'; readonly spiffeId: SpiffeId }
  | {
      readonly kind: 'user';
      readonly user: EndUser;
      readonly actors: readonly [SpiffeId, ...SpiffeId[]];
    };

export interface TokenOrder {
  readonly subject: TokenSubject;
  /** As `parseAudiences` gives them. */
  readonly audiences: readonly string[];
  /** The node that asks. */
  readonly node: NodeName;
  /** `iss`, by which those outside of the mesh find the keys. */
  readonly issuer?: string | undefined;
  /** It begins no earlier: what was signed before this instant is revoked. */
  readonly earliestMs?: EpochMs | undefined;
  /** It ends then at the latest. */
  readonly untilMs?: EpochMs | undefined;
}

export interface TokenSignerParts {
  readonly key: PrivateKey<'p256'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Is told of all that is signed. */
  readonly ledger: Ledger;
}

const TOKEN_ID_BYTES = 16;
const JWT_SVID_TYPE = 'JWT'; // JWT-SVID section 2.3

/**
 * Signs tokens with an authority's token key, which goes in and never comes out. Whether the bundle in
 * force names the key, and who may have what, is decided before.
 */
export class TokenSigner {
  readonly jwk: TokenKeyJwk;
  readonly #parts: TokenSignerParts;

  constructor(parts: TokenSignerParts) {
    this.#parts = parts;
    this.jwk = tokenKeyOf(publicKeyOf(parts.key));
  }

  /** A JWT-SVID (JWT-SVID sections 2 and 3), or an access token (RFC 9068), that begins now. */
  async sign(order: TokenOrder): Promise<SignedToken> {
    const { key, clock, random, ledger } = this.#parts;
    const { subject, audiences, issuer, earliestMs = 0, untilMs = Infinity } = order;
    const now = clock.now();
    // Dates of a JWT are whole seconds, as every reader takes them.
    const iat = Math.max(Math.floor(now / 1_000), Math.ceil(earliestMs / 1_000));
    const exp = Math.floor(Math.min(now + TOKEN_LIFE_MS, untilMs) / 1_000);
    const payload = {
      ...(issuer === undefined ? {} : { iss: issuer }),
      ...(subject.kind === 'workload'
        ? { sub: subject.spiffeId }
        : meshUserClaims(subject.user, subject.actors)),
      aud: audiences.length === 1 ? audiences[0] : audiences,
      iat,
      exp,
      jti: Buffer.from(random.bytes(TOKEN_ID_BYTES)).toString('base64url'),
    };
    const typ = subject.kind === 'workload' ? JWT_SVID_TYPE : MESH_USER_TYPE;
    const token = await signJws(key, { kid: this.jwk.kid, typ }, payload);
    ledger.append({
      ...saidOf(subject),
      node: order.node,
      audiences,
      keyId: this.jwk.kid,
      notBefore: iat * 1_000,
      notAfter: exp * 1_000,
    });
    return { token, issuedAt: now, expiresAt: exp * 1_000 };
  }
}

const saidOf = (subject: TokenSubject) =>
  subject.kind === 'workload'
    ? ({ kind: 'jwt-issued', spiffeId: subject.spiffeId } as const)
    : ({
        kind: 'user-token-issued',
        user: `${subject.user.issuer}|${subject.user.subject}`,
        actor: subject.actors[0],
      } as const);

import type { SpiffeId } from '../../core/index.ts';
import {
  type PrivateKey,
  publicKeyOf,
  signJws,
  type TokenKeyJwk,
  tokenKeyOf,
} from '../../crypto/index.ts';
import type { Clock, Counter, EpochMs, Log, Meter, Random } from '../../ports/index.ts';
import { TOKEN_LIFE_MS } from './limits.ts';

/** A signed JWT-SVID and what its holder needs to know of it. The token itself is a secret of the holder. */
export interface JwtSvid {
  readonly spiffeId: SpiffeId;
  readonly audiences: readonly string[];
  /** Compact serialization. */
  readonly token: string;
  readonly issuedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

export interface JwtSvidOrder {
  readonly spiffeId: SpiffeId;
  /** As `parseAudiences` gives them. */
  readonly audiences: readonly string[];
  /** `iss`, for those outside of the mesh who find the keys by it. */
  readonly issuer?: string | undefined;
  /** The token ends then at the latest. */
  readonly untilMs?: EpochMs | undefined;
}

export interface TokenSignerParts {
  readonly key: PrivateKey<'p256'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

const TOKEN_ID_BYTES = 16;

/**
 * Signs tokens with an authority's token key, which goes in and never comes out. Whether the bundle in
 * force names the key, and who may have what, is decided before.
 */
export class TokenSigner {
  readonly jwk: TokenKeyJwk;
  readonly #parts: TokenSignerParts;
  readonly #issued: Counter<'kind' | 'result'>;

  constructor(parts: TokenSignerParts) {
    this.#parts = parts;
    this.jwk = tokenKeyOf(publicKeyOf(parts.key));
    this.#issued = parts.meter.counter({
      name: 'selvage_identities_issued_total',
      help: 'Identities that this authority was asked to sign, by kind and result',
      labels: ['kind', 'result'],
    });
  }

  /** A JWT-SVID (JWT-SVID sections 2 and 3) that begins now. */
  async jwtSvid({ spiffeId, audiences, issuer, untilMs }: JwtSvidOrder): Promise<JwtSvid> {
    const signed = await this.#sign('JWT', { issuer, untilMs, audiences }, { sub: spiffeId });
    this.#told('jwt-svid', { spiffeId, audiences, expiresAt: signed.expiresAt });
    return { spiffeId, audiences, ...signed };
  }

  async #sign(
    typ: string,
    { issuer, audiences, untilMs }: Omit<JwtSvidOrder, 'spiffeId'>,
    claims: Readonly<Record<string, unknown>>,
  ): Promise<Pick<JwtSvid, 'token' | 'issuedAt' | 'expiresAt'>> {
    const { key, clock, random } = this.#parts;
    const now = clock.now();
    const [iat, exp] = [now, Math.min(now + TOKEN_LIFE_MS, untilMs ?? Infinity)].map(wholeSeconds);
    const payload = {
      ...(issuer === undefined ? {} : { iss: issuer }),
      ...claims,
      aud: audiences.length === 1 ? audiences[0] : audiences,
      iat,
      exp,
      jti: Buffer.from(random.bytes(TOKEN_ID_BYTES)).toString('base64url'),
    };
    const token = await signJws(key, { kid: this.jwk.kid, typ }, payload);
    return { token, issuedAt: now, expiresAt: (exp ?? 0) * 1_000 };
  }

  #told(
    kind: string,
    { expiresAt, ...fields }: { readonly expiresAt: EpochMs } & Readonly<Record<string, unknown>>,
  ): void {
    this.#issued.add({ kind, result: 'issued' });
    this.#parts.log.info(`${kind} issued`, {
      ...fields,
      expiresAt: new Date(expiresAt).toISOString(),
    });
  }
}

/** Dates of a JWT are whole seconds, as every reader takes them (RFC 7519 section 2). */
const wholeSeconds = (atMs: EpochMs): number => Math.floor(atMs / 1_000);

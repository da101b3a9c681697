import type { SpiffeId } from '../../core/index.ts';
import type { PublicJwk } from '../../crypto/index.ts';
import type { EpochMs } from '../../ports/index.ts';
import { madeAt } from '../token-life.ts';
import { hasRevokedActor, type PlausibleToken, type TokenFacts } from './judge-token.ts';

/** What a good verdict rests on beside time, without the token: whoever stole an issuer's key wrote the end as well. */
export class TokenGrounds {
  readonly #issuer: unknown;
  readonly #key: string;
  readonly #actors: readonly SpiffeId[];
  readonly #madeAt: EpochMs;
  #judgedBy: TokenFacts;
  #stand = true;

  /** Of a token that was found good by `facts`. */
  constructor({ jws, key, user }: PlausibleToken, facts: TokenFacts) {
    this.#issuer = jws.payload.iss;
    this.#key = materialOf(key);
    this.#actors = user.actors ?? [];
    this.#madeAt = madeAt(jws.payload);
    this.#judgedBy = facts;
  }

  /** Whether its key is still its issuer's, and nobody who acts by it was revoked. Looked at once for the same `facts`. */
  standBy(facts: TokenFacts): boolean {
    if (facts === this.#judgedBy) return this.#stand;
    this.#judgedBy = facts;
    const { authentications, revocations } = facts;
    this.#stand =
      authentications.some(
        ({ issuer, keys }) =>
          issuer === this.#issuer && keys.some((key) => materialOf(key) === this.#key),
      ) && !hasRevokedActor(this.#actors, this.#madeAt, revocations);
    return this.#stand;
  }
}

/** The same key under another name is the same key. */
function materialOf({ kid: _, alg: __, ...material }: PublicJwk): string {
  return JSON.stringify(material);
}

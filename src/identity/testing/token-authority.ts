import { SignJWT } from 'jose';
import { type Namespace, parseTrustDomain } from '../../core/index.ts';
import { generatePrivateKey } from '../../crypto/index.ts';
import type { Clock } from '../../ports/index.ts';
import { recordingLog, recordingMeter, seededRandom } from '../../ports/testing/index.ts';
import { TokenBundle, type TokenKeyInForce, TokenSigner } from '../index.ts';

type Members = Readonly<Record<string, unknown>>;

const domain = parseTrustDomain('shop.example');
if (!domain.ok) throw new Error(domain.error);

/** An authority of `shop.example` with a fresh token key, which also signs what no authority would. */
export class TokenAuthority {
  readonly key = generatePrivateKey('p256');
  readonly meter = recordingMeter();
  readonly log = recordingLog();
  readonly signer: TokenSigner;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    const { key, log, meter } = this;
    this.signer = new TokenSigner({ key, clock, log, meter, random: seededRandom(3) });
  }

  inForce(namespaces: readonly Namespace[] | 'any' = 'any'): TokenKeyInForce {
    const { x, y } = this.signer.jwk;
    return { x, y, namespaces };
  }

  /** A bundle of these authorities. */
  static bundle(...keys: readonly TokenKeyInForce[]): TokenBundle {
    if (!domain.ok) throw new Error(domain.error);
    return new TokenBundle(domain.value, keys);
  }

  /** A JWT-SVID of web for `till`; a claim or header that is undefined is left out. */
  odd(claims: Members = {}, header: Members = {}): Promise<string> {
    const now = this.#clock.now() / 1_000;
    return new SignJWT({
      sub: 'spiffe://shop.example/ns/default/sa/web',
      aud: 'till',
      iat: now,
      exp: now + 300,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: this.signer.jwk.kid, ...header })
      .sign(this.key);
  }
}

import { SignJWT } from 'jose';
import {
  type Namespace,
  type NodeName,
  parseTrustDomain,
  type SpiffeId,
} from '../../core/index.ts';
import { generatePrivateKey, type Revocations } from '../../crypto/index.ts';
import type { Clock, LedgerEntry } from '../../ports/index.ts';
import { seededRandom } from '../../ports/testing/index.ts';
import { TokenBundle, type TokenKeyInForce, TokenSigner } from '../index.ts';

type Members = Readonly<Record<string, unknown>>;

const domain = parseTrustDomain('shop.example');
if (!domain.ok) throw new Error(domain.error);

/** An authority of `shop.example` with a fresh token key, which also signs what no authority would. */
export class TokenAuthority {
  readonly key = generatePrivateKey('p256');
  readonly entries: LedgerEntry[] = [];
  readonly signer: TokenSigner;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    const ledger = { append: (entry: LedgerEntry) => void this.entries.push(entry) };
    this.signer = new TokenSigner({ key: this.key, clock, ledger, random: seededRandom(3) });
  }

  /** A good JWT-SVID. */
  async svid(spiffeId: SpiffeId, ...audiences: readonly string[]): Promise<string> {
    const subject = { kind: 'workload', spiffeId } as const;
    const node = 'n1' as NodeName; // a label, by inspection
    return (await this.signer.sign({ subject, audiences, node })).token;
  }

  inForce(namespaces: readonly Namespace[] | 'any' = 'any'): TokenKeyInForce {
    const { x, y } = this.signer.jwk;
    return { x, y, namespaces };
  }

  /** A bundle of these authorities. */
  static bundle(keys: readonly TokenKeyInForce[], revocations?: Revocations): TokenBundle {
    if (!domain.ok) throw new Error(domain.error);
    return new TokenBundle(domain.value, keys, revocations);
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

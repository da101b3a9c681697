import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { type JwsAlgorithm, type PublicJwk, parsePublicJwk } from '../../crypto/index.ts';
import type { RequestAuthentication } from '../index.ts';

/** How long a test's token is good, milliseconds. */
export const TOKEN_LIFE_MS = 300_000;

type Members = Readonly<Record<string, unknown>>;

const PAIRS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} as const;

/** Somebody who signs in people and gives them tokens, with a fresh key. */
export class TestIssuer {
  readonly algorithm: keyof typeof PAIRS;
  readonly issuer: string;
  readonly jwk: PublicJwk;
  readonly publicKey: KeyObject;
  readonly #key: KeyObject;

  constructor(
    algorithm: keyof typeof PAIRS = 'ES256',
    issuer = 'https://login.shop.example',
    kid = 'k1',
  ) {
    const { privateKey, publicKey } = PAIRS[algorithm]();
    const jwk = parsePublicJwk({ ...publicKey.export({ format: 'jwk' }), kid });
    if (!jwk.ok) throw new Error(jwk.error);
    this.algorithm = algorithm;
    this.issuer = issuer;
    this.jwk = jwk.value;
    this.publicKey = publicKey;
    this.#key = privateKey;
  }

  /** What a governor signs about this issuer. */
  authentication(over: Partial<RequestAuthentication> = {}): RequestAuthentication {
    return {
      name: 'login',
      issuer: this.issuer,
      audiences: ['shop'],
      keys: [this.jwk],
      groupsClaim: 'groups',
      claims: ['email'],
      ...over,
    };
  }

  /** A token of anna, a clerk, begun at `now`; a claim or header that is undefined is left out. */
  token(now: number, claims: Members = {}, header: Members = {}) {
    const payload = {
      iss: this.issuer,
      sub: 'anna',
      aud: 'shop',
      groups: ['clerks'],
      email: 'anna@shop.example',
      iat: now / 1_000,
      exp: (now + TOKEN_LIFE_MS) / 1_000,
      ...claims,
    };
    const alg: JwsAlgorithm = this.algorithm;
    return new SignJWT(payload)
      .setProtectedHeader({ alg, typ: 'JWT', kid: 'k1', ...header })
      .sign(this.#key);
  }
}

import { generateKeyPairSync, sign } from 'node:crypto';
import { realClock } from '../platform/index.ts';

const ISSUER = 'https://login.shop.example';
const AUDIENCE = 'shop';
const KEY_ID = 'desk-1';
const TOKEN_LIFE_SECONDS = 900;

/** Where the shop's people sign in. It stands outside the mesh, which knows its public key alone. */
export class LoginDesk {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  /** What the shop's governor puts in force about it; JSON is YAML. */
  resource(): string {
    const jwk = this.#keys.publicKey.export({ format: 'jwk' });
    return JSON.stringify({
      apiVersion: 'selvage.dev/v1alpha1',
      kind: 'RequestAuthentication',
      metadata: { name: 'login' },
      spec: {
        issuer: ISSUER,
        audiences: [AUDIENCE],
        jwks: { keys: [{ ...jwk, kid: KEY_ID, use: 'sig' }] },
      },
    });
  }

  /** A bearer token that names `subject` and the groups that the person is in. */
  token(subject: string, groups: readonly string[]): string {
    const now = Math.floor(realClock.now() / 1_000);
    const header = { alg: 'ES256', typ: 'JWT', kid: KEY_ID };
    const life = { iat: now, exp: now + TOKEN_LIFE_SECONDS };
    const claims = { iss: ISSUER, aud: AUDIENCE, sub: subject, groups, ...life };
    const signed = `${base64url(header)}.${base64url(claims)}`;
    const key = { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' } as const; // RFC 7518 section 3.4
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }
}

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

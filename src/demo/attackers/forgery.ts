import { join } from 'node:path';
import type { NodeName, SpiffeId, TrustDomain } from '../../core/index.ts';
import {
  createAuthorityCertificate,
  generatePrivateKey,
  issueSvid,
  openIssuer,
  type PrivateKey,
  privateKeyFromPem,
  privateKeyToPem,
  publicKeyOf,
} from '../../crypto/index.ts';
import { readTextFile, realClock, realRandom } from '../../platform/index.ts';

/** A key and its certificate, as TLS programs take them. */
export interface TlsIdentity {
  readonly privateKeyPem: string;
  readonly certificatePem: string;
}

/** Makes certificates that nobody asked the mesh about. */
export interface Forger {
  /** The CA certificate as the forger made it. */
  readonly certificatePem: string;
  /** An SVID that is good now, or one whose life ended an hour ago. */
  svid(spiffeId: SpiffeId, life?: 'good' | 'expired'): Promise<TlsIdentity>;
}

export interface ForgedAuthority {
  readonly trustDomain: TrustDomain;
  readonly node: NodeName;
}

const MAX_KEY_BYTES = 8_192;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A thief of the disk of an authority signs with its real key. */
export function stealAuthority(dataDirectory: string, authority: ForgedAuthority): Promise<Forger> {
  const pem = readTextFile(join(dataDirectory, 'keys', 'authority.key'), MAX_KEY_BYTES);
  return forger(privateKeyFromPem('p256', pem), authority);
}

/** Another CA that calls itself by the name of one of the mesh. */
export const inventAuthority = (authority: ForgedAuthority): Promise<Forger> =>
  forger(generatePrivateKey('p256'), authority);

/**
 * The CA certificate is made anew from the key: names and key id are the real one's, so that what is
 * signed stands under the real one too, and its dates are the forger's choice.
 */
async function forger(
  key: PrivateKey<'p256'>,
  { trustDomain, node }: ForgedAuthority,
): Promise<Forger> {
  const certificatePem = createAuthorityCertificate({
    key,
    trustDomain,
    node,
    now: realClock.now() - DAY_MS,
    lifeMs: 2 * DAY_MS,
    random: realRandom,
  });
  const issuer = openIssuer(trustDomain, key, certificatePem);
  return {
    certificatePem,
    svid: async (spiffeId, life = 'good') => {
      const own = generatePrivateKey('p256');
      const issued = issueSvid({
        issuer,
        publicKey: publicKeyOf(own),
        spiffeId,
        now: realClock.now() - (life === 'expired' ? 2 * HOUR_MS : 0),
        lifeMs: HOUR_MS,
        random: realRandom,
      });
      return { privateKeyPem: privateKeyToPem(own), certificatePem: issued.pem };
    },
  };
}

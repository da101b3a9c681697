import { type Namespace, type SpiffeId, type TrustDomain, workloadOf } from '../../core/index.ts';
import { parsePublicJwk, Revocations, type TokenKeyJwk, tokenKeyJwk } from '../../crypto/index.ts';
import type { EpochMs } from '../../ports/index.ts';

/** A key that an authority signs tokens with, as it is in force. */
export interface TokenKeyInForce {
  /** The affine coordinates of a P-256 key, base64url (RFC 7518 section 6.2.1). */
  readonly x: string;
  readonly y: string;
  /** Whose workloads its authority may name. */
  readonly namespaces: readonly Namespace[] | 'any';
  /** From then on nobody takes what it signed: it is on its way out. */
  readonly untilMs?: EpochMs;
}

export interface TokenAnchor {
  readonly jwk: TokenKeyJwk;
  readonly namespaces: readonly Namespace[] | 'any';
  readonly untilMs?: EpochMs;
}

/** May an authority of these namespaces name this workload in its tokens? Nobody names anything else. */
export function mayNameInTokens(namespaces: TokenAnchor['namespaces'], id: SpiffeId): boolean {
  const workload = workloadOf(id);
  if (workload === undefined) return false;
  return namespaces === 'any' || namespaces.includes(workload.namespace);
}

/**
 * The keys in force that one trust domain's tokens are signed with. One that is no P-256 key signs nothing and
 * is listed in `problems`; the others stand. An empty bundle trusts nobody.
 */
export class TokenBundle {
  readonly trustDomain: TrustDomain;
  readonly anchors: readonly TokenAnchor[];
  readonly problems: readonly string[];
  readonly revocations: Revocations;

  constructor(
    trustDomain: TrustDomain,
    keys: readonly TokenKeyInForce[],
    revocations = Revocations.none,
  ) {
    const problems: string[] = [];
    this.trustDomain = trustDomain;
    this.problems = problems;
    this.revocations = revocations;
    this.anchors = keys.flatMap(({ x, y, ...rest }, index) => {
      const jwk = readTokenKey(x, y);
      if (typeof jwk !== 'string') return [{ jwk, ...rest }];
      problems.push(`token key ${index + 1} of ${keys.length}: ${jwk}`);
      return [];
    });
  }

  /** Those that count at `now`. */
  current(now: EpochMs): readonly TokenAnchor[] {
    return this.anchors.filter(({ untilMs }) => untilMs === undefined || now < untilMs);
  }
}

/** Its name is what it is by its numbers, whatever a list calls it. */
function readTokenKey(x: string, y: string): TokenKeyJwk | string {
  const key = parsePublicJwk({ kty: 'EC', crv: 'P-256', x, y });
  if (!key.ok) return key.error;
  return key.value.kty === 'EC' ? tokenKeyJwk(key.value.x, key.value.y) : 'it is no EC key';
}

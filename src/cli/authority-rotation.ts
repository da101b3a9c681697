import type { AuthorityTarget } from '../governance/index.ts';
import type { TokenKey } from '../identity/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { goingOut } from './authority-retirement.ts';

/** As many as a target may list. */
const MAX_KEYS = 4;

export interface NextKeysPlan {
  readonly certificatePem: string;
  /** Who signed it, up to the root of an enterprise PKI; none when its own key did. */
  readonly chainPem?: readonly string[];
  readonly tokenKey: TokenKey;
  /** Past it what the keys in use signed counts no longer. */
  readonly untilMs: EpochMs;
  readonly now: EpochMs;
}

/** Is this certificate in force already, on its way in? */
export const isUnderWay = ({ certificates }: AuthorityTarget, certificatePem: string): boolean =>
  certificates.some(({ pem }) => pem === certificatePem);

/**
 * An authority with its next keys in the first place, and an end for those before. What has ended is left out.
 */
export function withNextKeys(
  target: AuthorityTarget,
  { certificatePem, chainPem = [], tokenKey, untilMs, now }: NextKeysPlan,
): AuthorityTarget {
  const retiring = <Key extends { readonly untilMs?: EpochMs }>(keys: readonly Key[]) =>
    goingOut(keys, untilMs, now).slice(0, MAX_KEYS - 1);
  return {
    ...target,
    certificates: [
      { pem: certificatePem, ...(chainPem.length === 0 ? {} : { chainPem }) },
      ...retiring(target.certificates),
    ],
    tokenKeys: [tokenKey, ...retiring(target.tokenKeys.filter(({ kid }) => kid !== tokenKey.kid))],
  };
}

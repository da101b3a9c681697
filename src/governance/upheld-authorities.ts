import type { RetiringAuthority, TrustSet } from './trust-set.ts';

/** Those whose signatures count: who signs, and who did until lately. */
export const upheldAuthorities = ({
  authorities,
  retiring,
}: Pick<TrustSet, 'authorities' | 'retiring'>): readonly RetiringAuthority[] => [
  ...authorities,
  ...retiring,
];

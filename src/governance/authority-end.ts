import { describeDuration, type NodeName } from '../core/index.ts';
import { certificateDer, readCertificate } from '../crypto/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { AuthorityTarget } from './trust-set.ts';

/** People must meet to put another certificate in force, and may be away, milliseconds. */
const SOON_MS = 60 * 86_400_000;
/** Of a certificate that lives short no more than so much of its life is its end. */
const SOON_SHARE = 4;

/** Until when an authority can sign by what the governors listed. */
export interface AuthorityEnd {
  readonly node: NodeName;
  /** The end of the certificate that goes on longest. */
  readonly endsAt: EpochMs;
  /** From then on it is worth a person's look. */
  readonly soonFrom: EpochMs;
  /** An enterprise's PKI made that certificate. */
  readonly isIssued: boolean;
}

/** Undefined where none of its certificates can be read, which is told elsewhere. */
export function authorityEnd({ node, certificates }: AuthorityTarget): AuthorityEnd | undefined {
  const ends = certificates.flatMap(({ pem, chainPem, untilMs }): AuthorityEnd[] => {
    const read = readCertificate(certificateDer(pem));
    if (!read.ok) return [];
    const { notBefore, notAfter } = read.value;
    const endsAt = Math.min(notAfter, untilMs ?? notAfter);
    const soonFrom = endsAt - Math.min(SOON_MS, (notAfter - notBefore) / SOON_SHARE);
    return [{ node, endsAt, soonFrom, isIssued: chainPem !== undefined }];
  });
  return ends.toSorted((a, b) => b.endsAt - a.endsAt)[0];
}

/** What is to be done about it, in words, with what to type; undefined while it is far off. */
export function authorityEndWarning(
  { node, endsAt, soonFrom, isIssued }: AuthorityEnd,
  now: EpochMs,
): string | undefined {
  if (now < soonFrom) return undefined;
  const when =
    now < endsAt
      ? `ends in ${describeDuration(endsAt - now)}`
      : 'has ended, and nothing that it signs counts';
  const remedy = isIssued
    ? 'have your PKI sign its next key, which `selvage authority request` on its host asks for'
    : `give it new keys, with \`selvage authority rotate ${node}\` on its host`;
  return `the CA certificate of ${node} ${when}: ${remedy}`;
}

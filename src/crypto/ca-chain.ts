import { err, type Result, type TrustDomain } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { type CaCertificate, readCaCertificate } from './ca-certificate.ts';
import { readPem } from './certificate.ts';
import { isSignedBy, issuerProblem, useProblem } from './certificate-link.ts';

/** A CA certificate as it is to be listed. */
export interface ListedCa {
  readonly pem: string;
  /** Up to the root of an enterprise PKI, nearest first. */
  readonly chainPem?: readonly string[];
}

/**
 * Judges a CA certificate before governors list it: it may be an authority's, and it is signed by its own key, or by the
 * chain that comes with it, each by the next. Verifiers judge no chain: what governors list anchors, and nothing else
 * of the chain does. The error says what is wrong.
 */
export function checkListedCa(
  trustDomain: TrustDomain,
  { pem, chainPem = [] }: ListedCa,
  now: EpochMs,
): Result<CaCertificate, string> {
  const ca = readCaCertificate(trustDomain, pem);
  if (!ca.ok) return ca;
  const own = ca.value.certificate;
  const ended = useProblem(own, now);
  if (ended !== undefined) return err(`it ${ended}`);
  if (chainPem.length === 0) {
    return isSignedBy(own, own)
      ? ca
      : err('it is not signed by its own key: list the certificates of those who signed it, too');
  }
  let issued = own;
  for (const [index, text] of chainPem.entries()) {
    const issuer = readPem(text);
    const place = `certificate ${index + 1} of its chain`;
    if (!issuer.ok) return err(`${place}: ${issuer.error}`);
    const problem = useProblem(issuer.value, now) ?? issuerProblem(issuer.value, index + 1);
    if (problem !== undefined) return err(`${place} ${problem}`);
    if (!isSignedBy(issued, issuer.value)) return err(`${place} did not sign what is below it`);
    issued = issuer.value;
  }
  return ca;
}

import { parseSpiffeId, type SpiffeId, spiffeTrustDomain } from '../core/index.ts';
import {
  type Certificate,
  certificateToPem,
  pemOf,
  readCertificates,
  TrustBundle,
} from '../crypto/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { X509SVIDResponse } from '../workload-api/index.ts';
import { SdkError } from './errors.ts';

/** An X509-SVID with its key, and whom to trust: all that mutual TLS needs. Immutable. */
export interface X509Identity {
  readonly spiffeId: SpiffeId;
  /** Leaf first, then intermediates. */
  readonly certificateChainPem: string;
  /** PKCS #8. */
  readonly privateKeyPem: string;
  /** The CA certificates of the trust domain. */
  readonly authoritiesPem: readonly string[];
  /** The same, as what peers are judged by. */
  readonly bundle: TrustBundle;
  readonly expiresAtMs: EpochMs;
}

/** The identity of that name, or the default one. Throws SdkError IDENTITY_DENIED when it is not there. */
export function identityIn({ svids }: X509SVIDResponse, wanted: string | undefined): X509Identity {
  const svid = wanted === undefined ? svids[0] : svids.find((one) => one.spiffeId === wanted);
  const spiffeId = parseSpiffeId(svid?.spiffeId ?? '');
  if (svid === undefined || !spiffeId.ok) {
    const held = svids.map((one) => one.spiffeId).join(', ');
    throw new SdkError('IDENTITY_DENIED', `the process is ${held}, not ${wanted ?? 'anybody'}`);
  }
  const chain = certificatesIn(svid.x509Svid);
  const authoritiesPem = certificatesIn(svid.bundle).map(({ der }) => certificateToPem(der));
  const entries = authoritiesPem.map((pem) => ({ pem, namespaces: 'any' as const }));
  return {
    spiffeId: spiffeId.value,
    certificateChainPem: chain.map(({ der }) => certificateToPem(der)).join(''),
    privateKeyPem: pemOf('PRIVATE KEY', svid.x509SvidKey),
    authoritiesPem,
    bundle: new TrustBundle(spiffeTrustDomain(spiffeId.value), entries),
    expiresAtMs: chain[0]?.notAfter ?? 0,
  };
}

function certificatesIn(der: Uint8Array): readonly Certificate[] {
  const read = readCertificates(der);
  if (read.ok) return read.value;
  throw new SdkError(
    'API_UNAVAILABLE',
    `the Workload API gives what is no certificate: ${read.error}`,
  );
}

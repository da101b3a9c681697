import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import {
  type KeyAlgorithm,
  type KeyedCertificate,
  makeUpCertificate,
} from './made-up-certificate.ts';
import { HOUR_MS, NOW } from './mesh-certificates.ts';

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export const rsaOf = (modulusLength: number, hash = 'SHA-256') => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash,
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
});

/** Everything about a certificate of an enterprise that can be wrong; what is left out is as it should be. */
export interface MadeUpCertificate {
  readonly subject?: string;
  readonly dns?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  /** Bits of `x509.KeyUsageFlags`; null leaves the extension out. */
  readonly keyUsage?: number | null;
  /** OIDs; null leaves the extension out. */
  readonly purposes?: readonly string[] | null;
  readonly more?: readonly x509.Extension[];
  readonly algorithm?: KeyAlgorithm;
  /** Signs instead of the issuer, under its name. */
  readonly signer?: KeyedCertificate;
}

/** A CA: its own when nobody is above it. */
export const makeUpCa = (options: MadeUpCertificate = {}, issuer?: KeyedCertificate) =>
  makeUp(
    {
      subject: 'CN=Corp CA',
      isAuthority: true,
      purposes: null,
      keyUsage: x509.KeyUsageFlags.keyCertSign,
      ...options,
    },
    issuer,
  );

/** That of a host. */
export const makeUpHost = (issuer: KeyedCertificate, options: MadeUpCertificate = {}) =>
  makeUp(
    {
      subject: 'CN=n2',
      purposes: [CLIENT_AUTH],
      keyUsage: x509.KeyUsageFlags.digitalSignature,
      ...options,
    },
    issuer,
  );

function makeUp(
  options: MadeUpCertificate,
  issuer: KeyedCertificate | undefined,
): Promise<KeyedCertificate> {
  const { keyUsage = null, purposes = null } = options;
  return makeUpCertificate({
    subject: '',
    serialNumber: '1234',
    issuer,
    ...options,
    extensions: async () => [
      new x509.BasicConstraintsExtension(options.isAuthority ?? false, options.pathLength, true),
      ...(keyUsage === null ? [] : [new x509.KeyUsagesExtension(keyUsage, true)]),
      ...(purposes === null ? [] : [new x509.ExtendedKeyUsageExtension([...purposes])]),
      ...(options.dns === undefined ? [] : [dnsNames(options.dns)]),
      ...(options.more ?? []),
    ],
  });
}

const dnsNames = (names: readonly string[]) =>
  new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })));

/** What a PKI makes of a request as it stands: the key, the name and the extensions that it asks for. PEM. */
export async function signRequest(
  requestPem: string,
  issuer: KeyedCertificate,
  now = NOW,
): Promise<string> {
  const request = new x509.Pkcs10CertificateRequest(requestPem);
  if (!(await request.verify())) throw new Error('the request is not signed by its own key');
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '4321',
    subject: request.subject,
    issuer: issuer.subject,
    notBefore: new Date(now - HOUR_MS),
    notAfter: new Date(now + 1_000 * HOUR_MS),
    publicKey: request.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: issuer.algorithm,
    extensions: [...request.extensions],
  });
  return `${certificate.toString('pem')}\n`;
}

import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { generatePrivateKey, type Issuer, publicKeyOf } from '../index.ts';
import { P256 } from './made-up-certificate.ts';
import { HOUR_MS, NOW, WEB } from './mesh-certificates.ts';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Everything about a leaf that can be wrong; what is left out is as it should be. */
export interface MadeUpLeaf {
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly namesCritical?: boolean;
  readonly subject?: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly isAuthority?: boolean;
  /** Bits of `x509.KeyUsageFlags`; null leaves the extension out. */
  readonly keyUsage?: number | null;
  readonly keyUsageCritical?: boolean;
  /** OIDs; null leaves the extension out. */
  readonly purposes?: readonly string[] | null;
  readonly more?: readonly x509.Extension[];
}

export const PURPOSES = { server: SERVER_AUTH, client: CLIENT_AUTH } as const;
export const USAGE = x509.KeyUsageFlags;

/** An extension with an OID that nobody knows, or with any bytes in a known one. */
export const rawExtension = (oid: string, critical: boolean, der: readonly number[]) =>
  new x509.Extension(oid, critical, new Uint8Array(der));

/** A leaf that `signer` signed under the name of `issuer`, made without any of our own code. DER. */
export async function makeUpLeaf(
  issuer: Issuer,
  leaf: MadeUpLeaf = {},
  signer: Issuer = issuer,
): Promise<Uint8Array> {
  const publicKey = publicKeyOf(generatePrivateKey('p256')).toCryptoKey(P256, true, ['verify']);
  const { keyUsage = USAGE.digitalSignature, purposes = [SERVER_AUTH, CLIENT_AUTH] } = leaf;
  const names = [
    ...(leaf.uris ?? [WEB]).map((value) => ({ type: 'url' as const, value })),
    ...(leaf.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '1234',
    issuer: new x509.X509Certificate(issuer.pem).subjectName,
    subject: leaf.subject ?? '',
    notBefore: new Date(leaf.notBefore ?? NOW - HOUR_MS),
    notAfter: new Date(leaf.notAfter ?? NOW + HOUR_MS),
    publicKey,
    signingKey: signer.key.toCryptoKey(P256, false, ['sign']),
    signingAlgorithm: P256,
    extensions: [
      new x509.BasicConstraintsExtension(leaf.isAuthority ?? false, undefined, true),
      ...(keyUsage === null
        ? []
        : [new x509.KeyUsagesExtension(keyUsage, leaf.keyUsageCritical ?? true)]),
      ...(purposes === null ? [] : [new x509.ExtendedKeyUsageExtension([...purposes])]),
      ...(names.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(names, leaf.namesCritical ?? true)]),
      new x509.AuthorityKeyIdentifierExtension(issuer.keyId),
      ...(leaf.more ?? []),
    ],
  });
  return new Uint8Array(certificate.rawData);
}

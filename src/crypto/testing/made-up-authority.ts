import 'reflect-metadata';
import { KeyObject, type webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type Issuer, readCertificate } from '../index.ts';
import type { EnterpriseCertificate } from './made-up-enterprise.ts';
import { HOUR_MS, NOW, trustDomain } from './mesh-certificates.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Everything about a CA certificate that can be wrong; what is left out is as it should be. */
export interface MadeUpAuthority {
  readonly algorithm?: typeof P256;
  readonly name?: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  readonly keyUsage?: number;
  readonly critical?: boolean;
  readonly uris?: readonly string[];
  readonly keyId?: boolean;
  readonly more?: readonly x509.Extension[];
}

/** Makes a CA certificate that `issuer` signs, or its own key. */
export async function makeUpAuthority(
  made: MadeUpAuthority = {},
  issuer?: EnterpriseCertificate,
): Promise<EnterpriseCertificate> {
  const algorithm = made.algorithm ?? P256;
  // Both are algorithms of key pairs.
  const keys = (await crypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const subject = made.name ?? 'CN=n1';
  const uris = made.uris ?? [`spiffe://${trustDomain}`];
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.subject ?? subject,
    serialNumber: '01',
    notBefore: new Date(made.notBefore ?? NOW - HOUR_MS),
    notAfter: new Date(made.notAfter ?? NOW + HOUR_MS),
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: issuer?.algorithm ?? algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(made.isAuthority ?? true, made.pathLength, true),
      new x509.KeyUsagesExtension(
        made.keyUsage ?? x509.KeyUsageFlags.keyCertSign,
        made.critical ?? true,
      ),
      ...(uris.length === 0
        ? []
        : [
            new x509.SubjectAlternativeNameExtension(
              uris.map((value) => ({ type: 'url' as const, value })),
            ),
          ]),
      ...(made.keyId === false
        ? []
        : [await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)]),
      ...(made.more ?? []),
    ],
  });
  const der = new Uint8Array(certificate.rawData);
  // The two types of one key differ in their declarations alone.
  const privateKey = KeyObject.from(keys.privateKey as webcrypto.CryptoKey);
  return { pem: certificate.toString('pem'), der, subject, keys, algorithm, privateKey };
}

/** As what `makeUpLeaf` takes to sign by: for a P-256 key alone. */
export function issuerOf({ der, pem, privateKey }: EnterpriseCertificate): Issuer {
  const read = readCertificate(der);
  if (!read.ok) throw new Error(read.error);
  const certificate = read.value;
  const keyId = certificate.extensions.subjectKeyId ?? '';
  // Both keys are P-256, as the caller promises.
  const [key, publicKey] = [
    privateKey as Issuer['key'],
    certificate.publicKey as Issuer['publicKey'],
  ];
  return { certificate, keyId, key, publicKey, pem, trustDomain };
}

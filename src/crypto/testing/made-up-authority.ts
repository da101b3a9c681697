import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { type Issuer, readCertificate } from '../index.ts';
import { type KeyedCertificate, makeUpCertificate, type P256 } from './made-up-certificate.ts';
import { trustDomain } from './mesh-certificates.ts';

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
export function makeUpAuthority(
  made: MadeUpAuthority = {},
  issuer?: KeyedCertificate,
): Promise<KeyedCertificate> {
  const uris = made.uris ?? [`spiffe://${trustDomain}`];
  const { isAuthority = true, keyUsage = x509.KeyUsageFlags.keyCertSign, critical = true } = made;
  return makeUpCertificate({
    subject: made.name ?? 'CN=n1',
    serialNumber: '01',
    issuer,
    ...made,
    extensions: async (publicKey) => [
      new x509.BasicConstraintsExtension(isAuthority, made.pathLength, true),
      new x509.KeyUsagesExtension(keyUsage, critical),
      ...(uris.length === 0 ? [] : [uriNames(uris)]),
      ...(made.keyId === false ? [] : [await x509.SubjectKeyIdentifierExtension.create(publicKey)]),
      ...(made.more ?? []),
    ],
  });
}

const uriNames = (uris: readonly string[]) =>
  new x509.SubjectAlternativeNameExtension(uris.map((value) => ({ type: 'url' as const, value })));

/** As what `makeUpLeaf` takes to sign by: for a P-256 key alone. */
export function issuerOf({ der, pem, privateKey }: KeyedCertificate): Issuer {
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

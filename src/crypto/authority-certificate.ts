import type { Extension, Name, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { type NodeName, type TrustDomain, trustDomainId } from '../core/index.ts';
import type { EpochMs, Random } from '../ports/index.ts';
import { type Asn1Library, asn1Library } from './asn1-library.ts';
import {
  extension,
  keyIdentifier,
  newSerial,
  publicKeyInfo,
  uriName,
  wholeSecond,
  writeCertificate,
} from './certificate-writer.ts';
import { type PrivateKey, type PublicKey, publicKeyOf, publicKeySha256 } from './keys.ts';
import { certificateToPem } from './pem.ts';

/** How far back a certificate's life begins, so that a host whose clock is behind takes it at once. */
export const BACKDATE_MS = 60_000;

const COMMON_NAME = '2.5.4.3';
const SERIAL_NUMBER = '2.5.4.5'; // X.520 serialNumber: tells two CAs of one node apart

export interface AuthorityCertificateParams {
  readonly key: PrivateKey<'p256'>;
  readonly trustDomain: TrustDomain;
  readonly node: NodeName;
  readonly now: EpochMs;
  readonly lifeMs: number;
  readonly random: Random;
}

/** Makes the self-signed CA certificate of one node, PEM. Leaves stand directly below it (path length 0). */
export function createAuthorityCertificate({
  key,
  trustDomain,
  node,
  now,
  lifeMs,
  random,
}: AuthorityCertificateParams): string {
  const asn1 = asn1Library();
  const name = authorityName(asn1, node, publicKeyOf(key));
  const publicKey = publicKeyInfo(asn1, publicKeyOf(key));
  const fields = {
    serial: newSerial(random),
    issuer: name,
    subject: name,
    publicKey,
    notBefore: wholeSecond(now - BACKDATE_MS),
    notAfter: wholeSecond(now + lifeMs),
    extensions: authorityExtensions(asn1, trustDomain, publicKey),
  };
  return certificateToPem(writeCertificate(asn1, fields, key));
}

/** The node, and which of its keys: two CAs of one node have two names. */
export function authorityName(
  asn1: Asn1Library,
  node: NodeName,
  publicKey: PublicKey<'p256'>,
): Name {
  const part = (type: string, printableString: string) => {
    const value = new asn1.AttributeValue({ printableString });
    return new asn1.RelativeDistinguishedName([new asn1.AttributeTypeAndValue({ type, value })]);
  };
  const keyName = publicKeySha256(publicKey).slice(0, 20);
  return new asn1.Name([part(COMMON_NAME, node), part(SERIAL_NUMBER, keyName)]);
}

/** X509-SVID sections 3 and 4 (its ID is the trust domain's own), RFC 5280 section 4.2.1. */
export function authorityExtensions(
  asn1: Asn1Library,
  trustDomain: TrustDomain,
  publicKey: SubjectPublicKeyInfo,
): readonly Extension[] {
  const constraints = new asn1.BasicConstraints({ cA: true, pathLenConstraint: 0 });
  const usage = new asn1.KeyUsage(asn1.KeyUsageFlags.keyCertSign | asn1.KeyUsageFlags.cRLSign);
  return [
    extension(asn1, asn1.id_ce_basicConstraints, true, constraints),
    extension(asn1, asn1.id_ce_keyUsage, true, usage),
    uriName(asn1, trustDomainId(trustDomain), false),
    keyIdentifier(asn1, publicKey),
  ];
}

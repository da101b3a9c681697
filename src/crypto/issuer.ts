import { type NodeName, type SpiffeId, type TrustDomain, trustDomainId } from '../core/index.ts';
import type { EpochMs, Random } from '../ports/index.ts';
import { type CaCertificate, readCaCertificate } from './ca-certificate.ts';
import { CryptoError } from './errors.ts';
import { type PrivateKey, type PublicKey, publicKeyOf, publicKeySha256 } from './keys.ts';
import { certificateToPem } from './pem.ts';
import { webCryptoPrivate, webCryptoPublic } from './web-crypto.ts';
import { ECDSA_P256, x509Library } from './x509-library.ts';

/** How far back a certificate's life begins, so that a host whose clock is behind takes it at once. */
export const BACKDATE_MS = 60_000;

const SERIAL_BYTES = 16; // at most 20 octets, positive (RFC 5280 section 4.1.2.2)
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const NAME_SERIAL_NUMBER = '2.5.4.5'; // X.520 serialNumber: tells two CAs of one node apart

export interface AuthorityCertificateParams {
  readonly key: PrivateKey<'p256'>;
  readonly trustDomain: TrustDomain;
  readonly node: NodeName;
  readonly now: EpochMs;
  readonly lifeMs: number;
  readonly random: Random;
}

/**
 * Makes the self-signed CA certificate of one node, PEM: X509-SVID section 3 (its ID is the trust
 * domain's own), RFC 5280 section 4.2.1. Leaves stand directly below it (path length 0).
 */
export async function createAuthorityCertificate({
  key,
  trustDomain,
  node,
  now,
  lifeMs,
  random,
}: AuthorityCertificateParams): Promise<string> {
  const x509 = await x509Library();
  const publicKey = webCryptoPublic(publicKeyOf(key));
  const keyName = publicKeySha256(publicKeyOf(key)).slice(0, 20);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [node] }, { [NAME_SERIAL_NUMBER]: [keyName] }],
    serialNumber: newSerial(random),
    notBefore: wholeSecond(now - BACKDATE_MS),
    notAfter: wholeSecond(now + lifeMs),
    keys: { privateKey: webCryptoPrivate(key), publicKey },
    signingAlgorithm: ECDSA_P256,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      new x509.SubjectAlternativeNameExtension([
        { type: 'url', value: trustDomainId(trustDomain) },
      ]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return certificateToPem(new Uint8Array(certificate.rawData));
}

/** A CA key with its certificate: what {@link issueSvid} signs with. */
export interface Issuer extends CaCertificate {
  readonly key: PrivateKey<'p256'>;
  readonly trustDomain: TrustDomain;
}

/**
 * Puts a CA key and its certificate together.
 * @throws CryptoError CERTIFICATE_MALFORMED, KEY_MISMATCH
 */
export function openIssuer(
  trustDomain: TrustDomain,
  key: PrivateKey<'p256'>,
  certificatePem: string,
): Issuer {
  const ca = readCaCertificate(trustDomain, certificatePem);
  if (!ca.ok) throw new CryptoError('CERTIFICATE_MALFORMED', ca.error);
  const own = publicKeySha256(publicKeyOf(key));
  if (ca.value.certificate.publicKeySha256 !== own) {
    const found = ca.value.certificate.publicKeySha256.slice(0, 16);
    const message = `the CA certificate is of key ${found}…, the CA key is ${own.slice(0, 16)}…`;
    throw new CryptoError('KEY_MISMATCH', message);
  }
  return { ...ca.value, key, trustDomain };
}

export interface SvidParams {
  readonly issuer: Issuer;
  readonly publicKey: PublicKey<'p256'>;
  readonly spiffeId: SpiffeId;
  readonly now: EpochMs;
  /** Cut to the CA certificate's own end. */
  readonly lifeMs: number;
  readonly random: Random;
}

export interface IssuedCertificate {
  readonly der: Uint8Array;
  readonly pem: string;
  /** Hex. */
  readonly serial: string;
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
}

/** Makes an X509-SVID (X509-SVID section 4): about 1.5 ms. The caller has decided that it may exist. */
export async function issueSvid({
  issuer,
  publicKey,
  spiffeId,
  now,
  lifeMs,
  random,
}: SvidParams): Promise<IssuedCertificate> {
  const x509 = await x509Library();
  const ca = new x509.X509Certificate(issuer.pem);
  const notBefore = wholeSecond(Math.max(now - BACKDATE_MS, issuer.certificate.notBefore));
  const notAfter = wholeSecond(Math.min(now + lifeMs, issuer.certificate.notAfter));
  const subjectKey = webCryptoPublic(publicKey);
  const serial = newSerial(random);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    issuer: ca.subjectName,
    subject: '', // the name is the URI, so it is critical (RFC 5280 section 4.2.1.6)
    notBefore,
    notAfter,
    publicKey: subjectKey,
    signingKey: webCryptoPrivate(issuer.key),
    signingAlgorithm: ECDSA_P256,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTH, CLIENT_AUTH]),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: spiffeId }], true),
      await x509.SubjectKeyIdentifierExtension.create(subjectKey),
      new x509.AuthorityKeyIdentifierExtension(issuer.keyId),
    ],
  });
  const der = new Uint8Array(certificate.rawData);
  const life = { notBefore: notBefore.getTime(), notAfter: notAfter.getTime() };
  return { der, pem: certificateToPem(der), serial, ...life };
}

/** Hex of 16 random octets, the first bits 01: positive, never shorter, 126 bits to guess. */
function newSerial(random: Random): string {
  const bytes = random.bytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** X.509 times have no fractions of a second. */
const wholeSecond = (ms: EpochMs): Date => new Date(Math.floor(ms / 1_000) * 1_000);

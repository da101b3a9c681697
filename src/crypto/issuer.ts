import type { NodeName, SpiffeId, TrustDomain } from '../core/index.ts';
import type { EpochMs, Random } from '../ports/index.ts';
import { BACKDATE_MS } from './authority-certificate.ts';
import { type CaCertificate, readCaCertificate } from './ca-certificate.ts';
import {
  extension,
  keyIdentifier,
  newSerial,
  wholeSecond,
  writeCertificate,
} from './certificate-writer.ts';
import { TAG } from './der.ts';
import { fromHex, namedBits, octetString, oid, sequence, writeDer } from './der-writer.ts';
import { CryptoError } from './errors.ts';
import { KEY_IDENTIFIER, KEY_USAGE_BIT, OID, URI_NAME } from './extensions.ts';
import { type PrivateKey, type PublicKey, publicKeyOf, publicKeySha256 } from './keys.ts';
import { certificateToPem } from './pem.ts';

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
  /** By way of which node it was asked for; left out by who asks for itself. */
  readonly node?: NodeName;
  readonly now: EpochMs;
  /** Its life begins no earlier, so that no revocation of its name hits it: from the next whole second on. */
  readonly earliestMs?: EpochMs;
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

const utf8String = (text: string): Uint8Array => writeDer(TAG.utf8String, Buffer.from(text));

/** What all leaves say alike. */
const LEAF_EXTENSIONS = [
  extension(OID.basicConstraints, true, sequence()),
  extension(OID.keyUsage, true, namedBits(KEY_USAGE_BIT.digitalSignature)),
  extension(OID.extendedKeyUsage, false, sequence(oid(OID.serverAuth), oid(OID.clientAuth))),
];

/** Makes an X509-SVID (X509-SVID section 4) in some 50 µs. The caller has decided that it may exist. */
export function issueSvid({
  issuer,
  publicKey,
  spiffeId,
  node,
  now,
  earliestMs = 0,
  lifeMs,
  random,
}: SvidParams): IssuedCertificate {
  const serial = newSerial(random);
  const begin = wholeSecond(Math.max(now - BACKDATE_MS, issuer.certificate.notBefore));
  const notBefore = Math.max(begin, -wholeSecond(-earliestMs));
  const notAfter = wholeSecond(Math.min(now + lifeMs, issuer.certificate.notAfter));
  const name = writeDer(URI_NAME, new TextEncoder().encode(spiffeId));
  const authorityKey = writeDer(KEY_IDENTIFIER, fromHex(issuer.keyId));
  const fields = {
    ...{ serial, notBefore, notAfter, publicKey },
    issuer: fromHex(issuer.certificate.subject), // octet for octet: so verifiers compare it
    subject: sequence(), // the name is the URI, so it is critical (RFC 5280 section 4.2.1.6)
    extensions: [
      ...LEAF_EXTENSIONS,
      extension(OID.subjectAltName, true, sequence(name)),
      extension(OID.subjectKeyIdentifier, false, octetString(keyIdentifier(publicKey))),
      extension(OID.authorityKeyIdentifier, false, sequence(authorityKey)),
      ...(node === undefined ? [] : [extension(OID.askedBy, false, utf8String(node))]),
    ],
  };
  const der = writeCertificate(fields, issuer.key);
  return { der, pem: certificateToPem(der), serial, notBefore, notAfter };
}

import type { Extension, Name } from '@peculiar/asn1-x509';
import type { SpiffeId, TrustDomain } from '../core/index.ts';
import type { EpochMs, Random } from '../ports/index.ts';
import { type Asn1Library, asn1Library } from './asn1-library.ts';
import { BACKDATE_MS } from './authority-certificate.ts';
import { type CaCertificate, readCaCertificate } from './ca-certificate.ts';
import {
  buffer,
  extension,
  keyIdentifier,
  newSerial,
  publicKeyInfo,
  uriName,
  wholeSecond,
  writeCertificate,
} from './certificate-writer.ts';
import { fromHex } from './der-writer.ts';
import { CryptoError } from './errors.ts';
import type { AskedBy } from './extensions.ts';
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
  /** Left out by who asks for itself. */
  readonly askedBy?: AskedBy;
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

/**
 * Makes an X509-SVID (X509-SVID section 4) in some 0.3 ms. The caller has decided that it may exist.
 * @throws CryptoError CERTIFICATE_MALFORMED when the CA's name cannot be written again
 */
export function issueSvid({
  issuer,
  publicKey,
  spiffeId,
  askedBy,
  now,
  earliestMs = 0,
  lifeMs,
  random,
}: SvidParams): IssuedCertificate {
  const asn1 = asn1Library();
  const shared = sharedOf(asn1, issuer);
  const subjectKey = publicKeyInfo(asn1, publicKey);
  const serial = newSerial(random);
  const begin = wholeSecond(Math.max(now - BACKDATE_MS, issuer.certificate.notBefore));
  const notBefore = Math.max(begin, -wholeSecond(-earliestMs));
  const notAfter = wholeSecond(Math.min(now + lifeMs, issuer.certificate.notAfter));
  const fields = {
    serial,
    notBefore,
    notAfter,
    publicKey: subjectKey,
    issuer: shared.issuer,
    subject: new asn1.Name(), // the name is the URI, so it is critical (RFC 5280 section 4.2.1.6)
    extensions: [
      ...shared.extensions,
      uriName(asn1, spiffeId, true),
      keyIdentifier(asn1, subjectKey),
      ...(askedBy === undefined ? [] : [askedByExtension(asn1, askedBy)]),
    ],
  };
  const der = writeCertificate(asn1, fields, issuer.key);
  return { der, pem: certificateToPem(der), serial, notBefore, notAfter };
}

const ASKED_BY = '2.25.1636582571'; // OID.askedBy, as the library writes it

const askedByExtension = (asn1: Asn1Library, { node, trustVersion }: AskedBy): Extension => {
  const utf8String = `${node}/${trustVersion}`;
  return extension(asn1, ASKED_BY, false, new asn1.DirectoryString({ utf8String }));
};

/** What all leaves of one issuer say alike. */
interface Shared {
  readonly issuer: Name;
  readonly extensions: readonly Extension[];
}

const known = new WeakMap<Issuer, Shared>();

function sharedOf(asn1: Asn1Library, issuer: Issuer): Shared {
  const before = known.get(issuer);
  if (before !== undefined) return before;
  const usage = new asn1.KeyUsage(asn1.KeyUsageFlags.digitalSignature);
  const purposes = new asn1.ExtendedKeyUsage([asn1.id_kp_serverAuth, asn1.id_kp_clientAuth]);
  const keyIdentifier = new asn1.KeyIdentifier(buffer(fromHex(issuer.keyId)));
  const authority = new asn1.AuthorityKeyIdentifier({ keyIdentifier });
  const shared = {
    issuer: nameOf(asn1, issuer),
    extensions: [
      extension(asn1, asn1.id_ce_basicConstraints, true, new asn1.BasicConstraints()),
      extension(asn1, asn1.id_ce_keyUsage, true, usage),
      extension(asn1, asn1.id_ce_extKeyUsage, false, purposes),
      extension(asn1, asn1.id_ce_authorityKeyIdentifier, false, authority),
    ],
  };
  known.set(issuer, shared);
  return shared;
}

/** The CA's own name, which verifiers compare octet by octet. */
function nameOf({ AsnConvert, Name }: Asn1Library, { certificate }: Issuer): Name {
  const der = fromHex(certificate.subject);
  const name = AsnConvert.parse(der, Name);
  if (Buffer.from(der).equals(Buffer.from(AsnConvert.serialize(name)))) return name;
  throw new CryptoError('CERTIFICATE_MALFORMED', 'the name of the CA cannot be written again');
}

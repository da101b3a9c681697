import { sign } from 'node:crypto';
import type { Extension, Name, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import type { EpochMs, Random } from '../ports/index.ts';
import type { Asn1Library } from './asn1-library.ts';
import { bitString, fromHex, sequence } from './der-writer.ts';
import { sha256 } from './digest.ts';
import type { PrivateKey, PublicKey } from './keys.ts';

/** RFC 5758 section 3.2, the whole AlgorithmIdentifier: the one that our certificates and requests are signed by. */
export const ECDSA_WITH_SHA256 = '300a06082a8648ce3d040302';

const ECDSA_WITH_SHA256_OID = '1.2.840.10045.4.3.2';
const SERIAL_BYTES = 16; // at most 20 octets, positive (RFC 5280 section 4.1.2.2)
const KEY_ID_BYTES = 20;

/** What a certificate says (RFC 5280 section 4.1). */
export interface CertificateFields {
  /** Hex; see {@link newSerial}. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  /** To the second. */
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
  readonly publicKey: SubjectPublicKeyInfo;
  readonly extensions: readonly Extension[];
}

/** A certificate under the signature of `key`, DER. */
export function writeCertificate(
  asn1: Asn1Library,
  fields: CertificateFields,
  key: PrivateKey<'p256'>,
): Uint8Array {
  const { serial, issuer, subject, notBefore, notAfter, publicKey, extensions } = fields;
  const tbs = new asn1.TBSCertificate({
    version: asn1.Version.v3,
    serialNumber: buffer(fromHex(serial)),
    signature: new asn1.AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256_OID }),
    validity: new asn1.Validity({
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
    }),
    issuer,
    subject,
    subjectPublicKeyInfo: publicKey,
    extensions: new asn1.Extensions([...extensions]),
  });
  return signed(new Uint8Array(asn1.AsnConvert.serialize(tbs)), key);
}

/** What certificates and requests are: information, and the signature over it. */
export const signed = (info: Uint8Array, key: PrivateKey<'p256'>): Uint8Array =>
  sequence(info, fromHex(ECDSA_WITH_SHA256), bitString(sign('sha256', info, key)));

/** One extension; `value` is of a type that the library encodes. */
export const extension = (
  { AsnConvert, Extension, OctetString }: Asn1Library,
  extnID: string,
  critical: boolean,
  value: unknown,
): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });

/** The URI name of a certificate: its SPIFFE ID. */
export const uriName = (asn1: Asn1Library, uniformResourceIdentifier: string, critical: boolean) =>
  extension(
    asn1,
    asn1.id_ce_subjectAltName,
    critical,
    new asn1.SubjectAlternativeName([new asn1.GeneralName({ uniformResourceIdentifier })]),
  );

/** RFC 7093 section 2, first method: the leftmost 160 bits of SHA-256 over the key's own bits. */
export function keyIdentifier(asn1: Asn1Library, { subjectPublicKey }: SubjectPublicKeyInfo) {
  const id = sha256(new Uint8Array(subjectPublicKey)).subarray(0, KEY_ID_BYTES);
  const value = new asn1.SubjectKeyIdentifier(buffer(id));
  return extension(asn1, asn1.id_ce_subjectKeyIdentifier, false, value);
}

export const publicKeyInfo = (
  { AsnConvert, SubjectPublicKeyInfo }: Asn1Library,
  key: PublicKey<'p256'>,
): SubjectPublicKeyInfo => AsnConvert.parse(spkiOf(key), SubjectPublicKeyInfo);

/** DER of SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). */
export const spkiOf = (key: PublicKey<'p256'>): Uint8Array =>
  key.export({ type: 'spki', format: 'der' });

/** Hex of 16 random octets, the first bits 01: positive, never shorter, 126 bits to guess. */
export function newSerial(random: Random): string {
  const bytes = random.bytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** X.509 times have no fractions of a second. */
export const wholeSecond = (ms: EpochMs): EpochMs => Math.floor(ms / 1_000) * 1_000;

/** The library takes buffers that are nobody else's. */
export const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

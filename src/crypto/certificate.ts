import { X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { DerError, DerReader, TAG, toHex } from './der.ts';
import { CryptoError } from './errors.ts';
import { type Extensions, latin1, OID, readExtensions } from './extensions.ts';
import { type PublicKey, publicKeySha256 } from './keys.ts';
import { certificateDer } from './pem.ts';

/** More than an SVID needs by far; a bound on what a stranger can make us read. */
export const MAX_CERTIFICATE_BYTES = 16_384;

/** A certificate that was read and not yet believed. */
export interface Certificate {
  readonly der: Uint8Array;
  /** For the signature, and as a second reader that has to agree. */
  readonly x509: X509Certificate;
  /** Of any kind: see `keyKind`. */
  readonly publicKey: PublicKey;
  readonly publicKeySha256: string;
  /** Hex, without sign octet. */
  readonly serial: string;
  /** DER of the names (hex), compared octet by octet. */
  readonly issuer: string;
  readonly subject: string;
  readonly subjectIsEmpty: boolean;
  /** Of the subject, one character per octet. */
  readonly commonNames: readonly string[];
  /** AlgorithmIdentifier (RFC 5280 section 4.1.1.2), DER in hex. */
  readonly signatureAlgorithm: string;
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
  readonly extensions: Extensions;
}

/** Reads one certificate (RFC 5280 section 4.1), version 3, DER. The error says what is wrong with it. */
export function readCertificate(der: Uint8Array): Result<Certificate, string> {
  if (der.length > MAX_CERTIFICATE_BYTES) {
    return err(`a certificate of ${der.length} bytes; at most ${MAX_CERTIFICATE_BYTES} are read`);
  }
  try {
    const fields = readFields(der);
    const x509 = new X509Certificate(der);
    const publicKey = x509.publicKey as PublicKey; // its kind is open: PublicKey says no more
    return ok({
      der,
      x509,
      publicKey,
      publicKeySha256: publicKeySha256(publicKey),
      notBefore: x509.validFromDate.getTime(),
      notAfter: x509.validToDate.getTime(),
      ...fields,
    });
  } catch (error) {
    // Both readers throw on hostile bytes, and the refusal is data for the caller.
    return err(error instanceof Error ? error.message : String(error));
  }
}

/** The same of one in PEM. */
export function readPem(pem: string): Result<Certificate, string> {
  try {
    return readCertificate(certificateDer(pem));
  } catch (error) {
    if (error instanceof CryptoError) return err(error.message);
    throw error;
  }
}

/** Are two certificates in PEM of one key? What is no certificate is like itself alone. */
export function isSameKey(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [readPem(one), readPem(other)];
  return a.ok && b.ok && a.value.publicKeySha256 === b.value.publicKeySha256;
}

/** Reads certificates that stand one after the other, DER. */
export function readCertificates(bytes: Uint8Array): Result<readonly Certificate[], string> {
  const found: Certificate[] = [];
  try {
    for (const reader = new DerReader(bytes); !reader.atEnd; ) {
      const certificate = readCertificate(reader.any().whole);
      if (!certificate.ok) return certificate;
      found.push(certificate.value);
    }
    return ok(found);
  } catch (error) {
    if (error instanceof DerError) return err(error.message);
    throw error;
  }
}

function readFields(der: Uint8Array) {
  const outer = new DerReader(der);
  const certificate = outer.inside(TAG.sequence);
  outer.end();
  const tbs = certificate.inside(TAG.sequence);
  tbs.value(TAG.contextOf(0)); // version: extensions below exist in version 3 only
  const serial = toHex(tbs.value(TAG.integer).content).replace(/^00(?=.)/, '');
  const algorithm = toHex(tbs.value(TAG.sequence).whole);
  const issuer = tbs.value(TAG.sequence).whole;
  tbs.value(TAG.sequence); // validity
  const subject = tbs.value(TAG.sequence);
  tbs.value(TAG.sequence); // subjectPublicKeyInfo
  tbs.optional(TAG.context(1)); // unique identifiers (RFC 5280 section 4.1.2.8)
  tbs.optional(TAG.context(2));
  const wrapper = tbs.inside(TAG.contextOf(3));
  const extensions = readExtensions(wrapper.value(TAG.sequence));
  wrapper.end();
  tbs.end();
  if (toHex(certificate.value(TAG.sequence).whole) !== algorithm) {
    throw new DerError('two signature algorithms'); // RFC 5280 section 4.1.1.2: they are the same
  }
  certificate.value(TAG.bitString);
  certificate.end();
  return {
    serial,
    issuer: toHex(issuer),
    subject: toHex(subject.whole),
    subjectIsEmpty: subject.content.length === 0,
    commonNames: commonNamesOf(subject.content),
    signatureAlgorithm: algorithm,
    extensions,
  };
}

/** Name ::= SEQUENCE OF SET OF SEQUENCE { type, value } (RFC 5280 section 4.1.2.4). */
function commonNamesOf(name: Uint8Array): string[] {
  const attributes = [...new DerReader(name).rest()].flatMap(({ content }) => [
    ...new DerReader(content).rest(),
  ]);
  return attributes.flatMap(({ content }) => {
    const attribute = new DerReader(content);
    const type = toHex(attribute.value(TAG.oid).content);
    const { content: text } = attribute.any();
    return type === OID.commonName ? [latin1(text)] : [];
  });
}

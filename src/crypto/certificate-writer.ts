import { sign } from 'node:crypto';
import type { EpochMs, Random } from '../ports/index.ts';
import { DerReader, TAG } from './der.ts';
import {
  bitString,
  fromHex,
  octetString,
  oid,
  sequence,
  smallInteger,
  writeDer,
} from './der-writer.ts';
import { sha256 } from './digest.ts';
import type { PrivateKey, PublicKey } from './keys.ts';

/** RFC 5758 section 3.2, the whole AlgorithmIdentifier: the one that our certificates and requests are signed by. */
export const ECDSA_WITH_SHA256 = '300a06082a8648ce3d040302';

const VERSION_3 = 2;
const SERIAL_BYTES = 16; // at most 20 octets, positive (RFC 5280 section 4.1.2.2)
const KEY_ID_BYTES = 20;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const TRUE = writeDer(TAG.boolean, Uint8Array.of(0xff));

/** What a certificate says (RFC 5280 section 4.1). */
export interface CertificateFields {
  /** Hex; see {@link newSerial}. */
  readonly serial: string;
  /** Names and extensions in DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly extensions: readonly Uint8Array[];
  /** To the second. */
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
  readonly publicKey: PublicKey<'p256'>;
}

/** A certificate under the signature of `key`, DER. */
export const writeCertificate = (fields: CertificateFields, key: PrivateKey<'p256'>): Uint8Array =>
  signed(
    sequence(
      writeDer(TAG.contextOf(0), smallInteger(VERSION_3)),
      writeDer(TAG.integer, fromHex(fields.serial)),
      fromHex(ECDSA_WITH_SHA256),
      fields.issuer,
      sequence(time(fields.notBefore), time(fields.notAfter)),
      fields.subject,
      spkiOf(fields.publicKey),
      writeDer(TAG.contextOf(3), sequence(...fields.extensions)),
    ),
    key,
  );

/** What certificates and requests are: information, and the signature over it. */
export const signed = (info: Uint8Array, key: PrivateKey<'p256'>): Uint8Array =>
  sequence(info, fromHex(ECDSA_WITH_SHA256), bitString(sign('sha256', info, key)));

/** Extension (RFC 5280 section 4.1); `id` is the hex of its OID, `value` DER. */
export const extension = (id: string, critical: boolean, value: Uint8Array): Uint8Array =>
  sequence(oid(id), ...(critical ? [TRUE] : []), octetString(value));

/** BasicConstraints (RFC 5280 section 4.2.1.9) of a CA with only leaves below it. */
export const OF_LEAVES_ONLY = sequence(TRUE, smallInteger(0));

/** RFC 7093 section 2, first method: the leftmost 160 bits of SHA-256 over the key's own bits. */
export function keyIdentifier(key: PublicKey<'p256'>): Uint8Array {
  const info = new DerReader(spkiOf(key)).inside(TAG.sequence);
  info.value(TAG.sequence);
  const [, ...bits] = info.value(TAG.bitString).content;
  return sha256(Uint8Array.from(bits)).subarray(0, KEY_ID_BYTES);
}

/** DER of SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). */
export const spkiOf = (key: PublicKey): Uint8Array => key.export({ type: 'spki', format: 'der' });

/** RFC 5280 section 4.1.2.5: two digits of the year from 1950 to 2049. */
function time(atMs: EpochMs): Uint8Array {
  const digits = new Date(atMs).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  const year = Number(digits.slice(0, 4));
  return year >= 1950 && year < 2050
    ? writeDer(UTC_TIME, Buffer.from(digits.slice(2)))
    : writeDer(GENERALIZED_TIME, Buffer.from(digits));
}

/** Hex of 16 random octets, the first bits 01: positive, never shorter, 126 bits to guess. */
export function newSerial(random: Random): string {
  const bytes = random.bytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** X.509 times have no fractions of a second. */
export const wholeSecond = (ms: EpochMs): EpochMs => Math.floor(ms / 1_000) * 1_000;

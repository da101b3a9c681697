import { TAG } from './der.ts';

const LONG_FORM = 0x80;

/** One value in DER (X.690 section 10); `content` is given whole or as the values that it is made of. */
export function writeDer(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.of(tag, ...lengthOctets(length)), ...content]);
}

/** Section 10.1: the definite form in the fewest octets. */
function lengthOctets(length: number): readonly number[] {
  if (length < LONG_FORM) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [LONG_FORM | octets.length, ...octets];
}

export const sequence = (...values: readonly Uint8Array[]): Uint8Array =>
  writeDer(TAG.sequence, ...values);

/** From the hex of its content octets. */
export const oid = (hex: string): Uint8Array => writeDer(TAG.oid, fromHex(hex));

/** Of 0 to 127. */
export const smallInteger = (value: number): Uint8Array =>
  writeDer(TAG.integer, Uint8Array.of(value));

export const octetString = (bytes: Uint8Array): Uint8Array => writeDer(TAG.octetString, bytes);

/** Of whole octets. */
export const bitString = (bytes: Uint8Array): Uint8Array =>
  writeDer(TAG.bitString, Uint8Array.of(0), bytes);

/** A BIT STRING whose bits have names, of at most eight: X.690 section 11.2.2 leaves zeros at its end out. */
export function namedBits(...bits: readonly number[]): Uint8Array {
  const octet = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  return writeDer(TAG.bitString, Uint8Array.of(7 - Math.max(...bits), octet));
}

export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

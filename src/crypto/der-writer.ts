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

/** Of whole octets. */
export const bitString = (bytes: Uint8Array): Uint8Array =>
  writeDer(TAG.bitString, Uint8Array.of(0), bytes);

export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

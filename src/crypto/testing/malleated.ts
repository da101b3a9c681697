import { DerReader, TAG } from '../der.ts';
import { sequence, writeDer } from '../der-writer.ts';

/** The order of P-256 (FIPS 186-5). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * The same certificate with another signature that is as good, made without the key: of an ECDSA signature (r, s),
 * (r, n - s) verifies as well. DER.
 */
export function malleated(der: Uint8Array): Uint8Array {
  const certificate = new DerReader(der).inside(TAG.sequence);
  const [tbs, algorithm] = [certificate.any(), certificate.any()];
  const bits = certificate.value(TAG.bitString).content.subarray(1);
  const signature = new DerReader(bits).inside(TAG.sequence);
  const r = signature.value(TAG.integer).whole;
  const s = BigInt(`0x${Buffer.from(signature.value(TAG.integer).content).toString('hex')}`);
  const other = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex');
  const turned = sequence(r, writeDer(TAG.integer, unsigned(other)));
  const noUnusedBits = Uint8Array.of(0);
  const signed = writeDer(TAG.bitString, noUnusedBits, turned);
  return new Uint8Array(sequence(tbs.whole, algorithm.whole, signed));
}

/** A positive INTEGER's octets (X.690 section 8.3): as few as say it, the first bit zero. */
function unsigned(bytes: Uint8Array): Uint8Array {
  const from = bytes.findIndex((octet) => octet !== 0);
  const rest = bytes.subarray(from);
  return (rest[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), rest]) : rest;
}

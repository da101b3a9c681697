import { sha256 } from '../../crypto/index.ts';
import { type MemberSeals, SEAL_BYTES, type SealContext } from '../seal.ts';

/** Signatures that anyone can make who knows the key: a hash over all that a real one would cover. */
export function hashSeals(own: Uint8Array): MemberSeals {
  const sealOf = (context: SealContext, key: Uint8Array, payload: Uint8Array): Uint8Array => {
    const half = sha256(Buffer.concat([Buffer.from(`${context}\0`), key, payload]));
    const seal = new Uint8Array(SEAL_BYTES);
    seal.set(half);
    seal.set(half, half.length);
    return seal;
  };
  return {
    seal: (context, bytes) =>
      bytes.set(sealOf(context, own, bytes.slice(0, -SEAL_BYTES)), bytes.length - SEAL_BYTES),
    verify: (context, key, signed) => {
      const [payload, seal] = [signed.slice(0, -SEAL_BYTES), signed.slice(-SEAL_BYTES)];
      return Buffer.compare(sealOf(context, key, payload), seal) === 0;
    },
  };
}

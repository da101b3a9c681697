import type { PeerId } from '../ports/index.ts';

/**
 * What stands before an Ed25519 key in its peer id: the identity multihash (0x00) of 36 bytes, which are
 * the protobuf of type Ed25519 (field 1 is 1) and 32 bytes of key (field 2). libp2p specs, peer-ids.
 */
const PREFIX = Buffer.from('002408011220', 'hex');
const ID_BYTES = PREFIX.length + 32;
/** Longer than any of such a key: what a stranger sends is not worth the arithmetic. */
const MAX_ID_LENGTH = 60;
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/**
 * The peer id of a node, from its raw Ed25519 public key (32 bytes): the same as libp2p's, without loading
 * libp2p.
 */
export function peerIdOf(publicKey: Uint8Array): PeerId {
  const bytes = Buffer.concat([PREFIX, publicKey]);
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let digits = '';
  for (; rest > 0n; rest /= 58n) digits = `${BASE58[Number(rest % 58n)]}${digits}`;
  return `1${digits}`; // one leading zero byte
}

/** The other way: the raw Ed25519 key of a peer id, or undefined when it is none of such a key. */
export function publicKeyOf(id: PeerId): Uint8Array | undefined {
  if (id.length > MAX_ID_LENGTH || !id.startsWith('1')) return undefined;
  let value = 0n;
  for (const digit of id.slice(1)) {
    const worth = BASE58.indexOf(digit);
    if (worth < 0) return undefined;
    value = value * 58n + BigInt(worth);
  }
  const bytes = Buffer.from(value.toString(16).padStart(2 * ID_BYTES, '0'), 'hex');
  const isKey = bytes.length === ID_BYTES && bytes.subarray(0, PREFIX.length).equals(PREFIX);
  return isKey ? new Uint8Array(bytes.subarray(PREFIX.length)) : undefined;
}

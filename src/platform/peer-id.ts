import type { PeerId } from '../ports/index.ts';

/**
 * What stands before an Ed25519 key in its peer id: the identity multihash (0x00) of 36 bytes, which are
 * the protobuf of type Ed25519 (field 1 is 1) and 32 bytes of key (field 2). libp2p specs, peer-ids.
 */
const PREFIX = Buffer.from('002408011220', 'hex');
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

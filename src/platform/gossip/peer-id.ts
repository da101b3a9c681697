import { generateKeyPairFromSeed, publicKeyFromRaw } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import type { PeerId } from '../../ports/index.ts';

/** The peer id of a node, from its raw Ed25519 public key (32 bytes). */
export const peerIdOf = (publicKey: Uint8Array): PeerId =>
  peerIdFromPublicKey(publicKeyFromRaw(publicKey)).toString();

/** libp2p's form of a node key, from its seed (32 bytes, RFC 8032 section 5.1.5). */
export const hostKey = (seed: Uint8Array): Promise<Ed25519PrivateKey> =>
  generateKeyPairFromSeed('Ed25519', seed);

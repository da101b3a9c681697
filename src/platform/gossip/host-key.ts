import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';

/** libp2p's form of a node key, from its seed (32 bytes, RFC 8032 section 5.1.5). */
export const hostKey = (seed: Uint8Array): Promise<Ed25519PrivateKey> =>
  generateKeyPairFromSeed('Ed25519', seed);

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import type { PrivateKey } from '@libp2p/interface';

/** What stands before the seed in a PKCS #8 private key of Ed25519 (RFC 8410 section 7). */
const PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * libp2p's form of a node key, from its seed (32 bytes, RFC 8032 section 5.1.5). The runtime computes the public half: libp2p
 * does it in JavaScript, with tables of 1 MB that stay and nothing needs again.
 */
export function hostKey(seed: Uint8Array): PrivateKey {
  const key = Buffer.concat([PREFIX, seed]);
  const publicKey = createPublicKey(createPrivateKey({ key, type: 'pkcs8', format: 'der' }));
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return privateKeyFromRaw(Buffer.concat([seed, Buffer.from(x, 'base64url')]));
}

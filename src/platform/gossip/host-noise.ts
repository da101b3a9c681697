import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
} from 'node:crypto';
import { type ICryptoInterface, noise, pureJsCrypto } from '@chainsafe/libp2p-noise';

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** Of the nonce: what comes before the counter, always zero. */
const NONCE_PREFIX_BYTES = 4;

/** What stands before a raw X25519 key in DER (RFC 8410): of a PKCS #8 private key, of a SubjectPublicKeyInfo. */
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_KEY_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

type Bytes = Parameters<ICryptoInterface['hashSHA256']>[0];

/**
 * What noise computes with, by the runtime's own code. Its cipher is the specification's AESGCM (section 12), because
 * the runtime has no ChaCha20-Poly1305: in JavaScript that takes ten times as long, and the compiler's time again each
 * time that its code was forgotten. The library names its functions after the one cipher that it foresees.
 */
export const nativeCrypto: ICryptoInterface = {
  ...pureJsCrypto,
  generateX25519KeyPair() {
    const { publicKey, privateKey } = generateKeyPairSync('x25519', {
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    });
    return {
      publicKey: publicKey.subarray(PUBLIC_KEY_PREFIX.length),
      privateKey: privateKey.subarray(PRIVATE_KEY_PREFIX.length),
    };
  },
  /** @throws for a public key of small order, whose secret everybody knows (RFC 7748 section 6.1) */
  generateX25519SharedKey(privateKey, publicKey) {
    const der = (prefix: Uint8Array, key: Bytes) => Buffer.concat([prefix, key.subarray()]);
    const own = der(PRIVATE_KEY_PREFIX, privateKey);
    const other = der(PUBLIC_KEY_PREFIX, publicKey);
    return diffieHellman({
      privateKey: createPrivateKey({ key: own, type: 'pkcs8', format: 'der' }),
      publicKey: createPublicKey({ key: other, type: 'spki', format: 'der' }),
    });
  },
  chaCha20Poly1305Encrypt(plaintext, nonce, ad, key) {
    const cipher = createCipheriv(CIPHER, key, bigEndian(nonce), { authTagLength: TAG_BYTES });
    cipher.setAAD(ad);
    const ciphertext = cipher.update(plaintext.subarray());
    return Buffer.concat([ciphertext, cipher.final(), cipher.getAuthTag()]);
  },
  /** @throws when any byte is another than was sent */
  chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key) {
    const bytes = ciphertext.subarray();
    const end = bytes.length - TAG_BYTES;
    if (end < 0) throw new Error('too short for an authentication tag');
    const decipher = createDecipheriv(CIPHER, key, bigEndian(nonce), { authTagLength: TAG_BYTES });
    decipher.setAAD(ad);
    decipher.setAuthTag(bytes.subarray(end));
    const plaintext = decipher.update(bytes.subarray(0, end));
    decipher.final();
    return plaintext;
  },
};

/** The library counts as ChaChaPoly does, little-endian; AESGCM's counter is big-endian. */
function bigEndian(nonce: Uint8Array): Uint8Array {
  const turned = new Uint8Array(NONCE_BYTES);
  turned.set(nonce.subarray(NONCE_PREFIX_BYTES).toReversed(), NONCE_PREFIX_BYTES);
  return turned;
}

/** The handshake's hash begins with the library's own name of its cipher; so that hash says which one stands in its place. */
const PROLOGUE = new TextEncoder().encode('selvage: AESGCM in place of ChaChaPoly');

/** Noise XX between members; the same on both sides, or the handshake fails. */
export const hostNoise = noise({ crypto: nativeCrypto, prologueBytes: PROLOGUE });

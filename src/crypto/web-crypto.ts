import type { PrivateKey, PublicKey } from './keys.ts';
import { ECDSA_P256 } from './x509-library.ts';

/** The same keys as handles of the Web Cryptography API, which the X.509 library signs with. */
export const webCryptoPrivate = (key: PrivateKey<'p256'>) =>
  key.toCryptoKey(ECDSA_P256, false, ['sign']);

export const webCryptoPublic = (key: PublicKey<'p256'>) =>
  key.toCryptoKey(ECDSA_P256, true, ['verify']);

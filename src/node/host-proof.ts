import { certificateChain, enterpriseKey, provePossession } from '../crypto/index.ts';
import { IdentityError, type JoinToken } from '../identity/index.ts';
import type { Join } from './join-conversation.ts';

/** What a joining host shows the authority, once it knows that it is the right one. */
export type HostProof = (challenge: Uint8Array) => Join['evidence'];

/** A host's certificate with its key, as files hold them. */
export interface HostCertificate {
  /** The host's first, then those above it. */
  readonly chainPem: string;
  readonly keyPem: string;
}

export const proofByToken =
  ({ secret }: JoinToken): HostProof =>
  () => ({ kind: 'token', secret: base64(secret) });

/** @throws IdentityError HOST_NOT_VOUCHED when the key is not that of the first certificate, CryptoError */
export function proofByCertificate({ chainPem, keyPem }: HostCertificate): HostProof {
  const chain = certificateChain(chainPem);
  const key = enterpriseKey(keyPem, chainPem);
  if (key === undefined) {
    const message = 'the key is not that of the first certificate, or not in unencrypted PEM';
    throw new IdentityError('HOST_NOT_VOUCHED', message);
  }
  return (challenge) => ({
    kind: 'x509pop',
    chain: chain.map(base64),
    signature: base64(provePossession(key, challenge)),
  });
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

import { type NodeName, type TrustDomain, trustDomainId } from '../core/index.ts';
import type { EpochMs, Random } from '../ports/index.ts';
import {
  extension,
  keyIdentifier,
  newSerial,
  OF_LEAVES_ONLY,
  wholeSecond,
  writeCertificate,
} from './certificate-writer.ts';
import { TAG } from './der.ts';
import { namedBits, octetString, oid, sequence, writeDer } from './der-writer.ts';
import { KEY_USAGE_BIT, OID, URI_NAME } from './extensions.ts';
import { type PrivateKey, type PublicKey, publicKeyOf, publicKeySha256 } from './keys.ts';
import { certificateToPem } from './pem.ts';

/** How far back a certificate's life begins, so that a host whose clock is behind takes it at once. */
export const BACKDATE_MS = 60_000;

const COMMON_NAME = '550403';
const SERIAL_NUMBER = '550405'; // X.520 serialNumber: tells two CAs of one node apart
const PRINTABLE_STRING = 0x13;

export interface AuthorityCertificateParams {
  readonly key: PrivateKey<'p256'>;
  readonly trustDomain: TrustDomain;
  readonly node: NodeName;
  readonly now: EpochMs;
  readonly lifeMs: number;
  readonly random: Random;
}

/** Makes the self-signed CA certificate of one node, PEM. Leaves stand directly below it (path length 0). */
export function createAuthorityCertificate({
  key,
  trustDomain,
  node,
  now,
  lifeMs,
  random,
}: AuthorityCertificateParams): string {
  const publicKey = publicKeyOf(key);
  const name = authorityName(node, publicKey);
  const fields = {
    serial: newSerial(random),
    ...{ issuer: name, subject: name, publicKey },
    notBefore: wholeSecond(now - BACKDATE_MS),
    notAfter: wholeSecond(now + lifeMs),
    extensions: authorityExtensions(trustDomain, publicKey),
  };
  return certificateToPem(writeCertificate(fields, key));
}

/** The node, and which of its keys: two CAs of one node have two names. DER. */
export function authorityName(node: NodeName, publicKey: PublicKey<'p256'>): Uint8Array {
  const part = (type: string, text: string): Uint8Array =>
    writeDer(
      TAG.set,
      sequence(oid(type), writeDer(PRINTABLE_STRING, new TextEncoder().encode(text))),
    );
  const keyName = publicKeySha256(publicKey).slice(0, 20);
  return sequence(part(COMMON_NAME, node), part(SERIAL_NUMBER, keyName));
}

/** X509-SVID sections 3 and 4 (its ID is the trust domain's own), RFC 5280 section 4.2.1. DER. */
export const authorityExtensions = (
  trustDomain: TrustDomain,
  publicKey: PublicKey<'p256'>,
): readonly Uint8Array[] => {
  const id = new TextEncoder().encode(trustDomainId(trustDomain));
  const usage = namedBits(KEY_USAGE_BIT.keyCertSign, KEY_USAGE_BIT.crlSign);
  return [
    extension(OID.basicConstraints, true, OF_LEAVES_ONLY),
    extension(OID.keyUsage, true, usage),
    extension(OID.subjectAltName, false, sequence(writeDer(URI_NAME, id))),
    extension(OID.subjectKeyIdentifier, false, octetString(keyIdentifier(publicKey))),
  ];
};

import { InvalidArgumentError } from 'commander';
import { isDnsLabel, type Namespace, parseInstant, parseNamespace } from '../core/index.ts';
import { isKeySha256, isSerial } from '../crypto/index.ts';

/** A service account of a namespace. */
export interface WorkloadName {
  readonly namespace: Namespace;
  readonly serviceAccount: string;
}

/** `<namespace>/<service account>`, in full, so that no namespace is revoked in that nobody meant. */
export function parseWorkloadArgument(text: string): WorkloadName {
  const [first = '', serviceAccount = '', ...more] = text.split('/');
  const namespace = parseNamespace(first);
  if (namespace.ok && isDnsLabel(serviceAccount) && more.length === 0) {
    return { namespace: namespace.value, serviceAccount };
  }
  const [, ns, sa] = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(text) ?? [];
  const meant = ns === undefined ? 'such as shop/web' : `${ns}/${sa}`;
  throw new InvalidArgumentError(`'${text}' is no <namespace>/<service account>: write ${meant}.`);
}

/** Milliseconds since 1970. */
export function parseInstantOption(text: string): number {
  const atMs = parseInstant(text);
  if (atMs !== undefined) return atMs;
  throw new InvalidArgumentError(`'${text}' is no instant: write one as 2026-11-20T17:00:00Z.`);
}

const KEY_HASH_BY_HAND =
  'openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum';

/**
 * SHA-256 of a key, in our spelling. With colons it is most likely the fingerprint of a certificate, and a certificate
 * can be changed into another one that says the same (CVE-2026-25793).
 */
export function parseKeyHashArgument(text: string): string {
  if (isKeySha256(text)) return text;
  const what = /^([0-9a-f]{2}:){31}[0-9a-f]{2}$/i.test(text)
    ? 'looks like the fingerprint of a certificate, by which nothing is revoked: its signature can be changed. Name the key'
    : 'is no SHA-256 of a key, 64 digits of a-f and 0-9';
  throw new InvalidArgumentError(`'${text}' ${what} (${KEY_HASH_BY_HAND}).`);
}

/** A certificate's serial number, as openssl shows it or as logs here do. */
export function parseSerialArgument(text: string): string {
  const serial = text
    .replaceAll(':', '')
    .toLowerCase()
    .replace(/^00(?=..)/, '');
  if (isSerial(serial)) return serial;
  const remedy = /^[0-9a-f]{64}$/.test(serial)
    ? 'That long is the hash of a certificate or of a key: nothing is revoked by the first, and `selvage revoke key` by the second.'
    : 'Write it in hex, at most 20 octets.';
  throw new InvalidArgumentError(`'${text}' is no serial number. ${remedy}`);
}

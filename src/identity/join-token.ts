import { encode } from '@ipld/dag-cbor';
import { type NodeName, parseNodeName, parseTrustDomain, type TrustDomain } from '../core/index.ts';
import { equalInConstantTime, sha256 } from '../crypto/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { decodeUntrusted, fieldsOf, isBytes, isCount } from './cbor.ts';
import { IdentityError } from './errors.ts';

const PREFIX = 'selvage1.';
const CHECKSUM_BYTES = 4;
const HASH_BYTES = 32; // SHA-256
export const TOKEN_SECRET_BYTES = 32;
/** A token has about 350 characters; a bound on what is pasted. */
const MAX_TOKEN_CHARACTERS = 2_048;

/**
 * What a new node needs to join and to know that it joined the right mesh. It is a secret until it
 * is used or has expired.
 */
export interface JoinToken {
  readonly trustDomain: TrustDomain;
  /** SHA-256 of the trust repository's root file, hex: the new node's anchor. */
  readonly rootSha256: string;
  /** `host:port` of the authority that made the token and alone redeems it. */
  readonly authorityAddress: string;
  /** SHA-256 of that authority's SubjectPublicKeyInfo, hex. */
  readonly authorityKeySha256: string;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
  readonly expiresAt: EpochMs;
  /** The only name under which it can be used; any when absent. */
  readonly nodeName?: NodeName;
}

/** One line to copy: `selvage1.` and base64url of DAG-CBOR with the first 4 bytes of its SHA-256. */
export function formatJoinToken(token: JoinToken): string {
  const payload = encode({
    td: token.trustDomain,
    root: fromHex(token.rootSha256),
    at: token.authorityAddress,
    ca: fromHex(token.authorityKeySha256),
    secret: token.secret,
    to: token.expiresAt,
    ...(token.nodeName === undefined ? {} : { node: token.nodeName }),
  });
  const checksum = sha256(payload).subarray(0, CHECKSUM_BYTES);
  return PREFIX + Buffer.concat([payload, checksum]).toString('base64url');
}

/**
 * Reads what a person pasted; white space within (a terminal's line breaks) is let pass.
 * @throws IdentityError TOKEN_MALFORMED, which never repeats the token: it may be a live secret
 */
export function parseJoinToken(text: string): JoinToken {
  const line = text.replaceAll(/\s/g, '');
  const version = /^selvage(\d+)\./.exec(line)?.[1];
  if (line === '') throw malformed('there is no join token: the text is empty');
  if (version === undefined) throw malformed(`a join token begins with '${PREFIX}', this does not`);
  if (version !== '1') {
    throw malformed(`the join token has version ${version}, this program reads version 1`, {
      remedy: 'Use the same version of Selvage on both hosts.',
    });
  }
  if (line.indexOf(PREFIX, 1) > 0) throw malformed('the join token was pasted more than once');
  if (line.length > MAX_TOKEN_CHARACTERS) {
    throw malformed(`the text has ${line.length} characters, too many for a join token`);
  }
  const encoded = line.slice(PREFIX.length);
  const odd = /[^A-Za-z0-9_-]/.exec(encoded)?.[0];
  if (odd !== undefined) throw malformed(`the join token has the character '${odd}' in it`);
  const bytes = new Uint8Array(Buffer.from(encoded, 'base64url'));
  const payload = bytes.subarray(0, -CHECKSUM_BYTES);
  const checksum = bytes.subarray(-CHECKSUM_BYTES);
  if (!equalInConstantTime(sha256(payload).subarray(0, CHECKSUM_BYTES), checksum)) {
    throw malformed('the join token is cut off or was changed on its way');
  }
  return readToken(payload) ?? fail('the join token lacks a part or has a wrong one');
}

/**
 * For the joining host, before it connects: is the token still good, and for this mesh?
 * @throws IdentityError TOKEN_EXPIRED, TOKEN_OTHER_MESH
 */
export function requireUsableToken(
  token: JoinToken,
  here: { readonly now: EpochMs; readonly trustDomain?: TrustDomain | undefined },
): void {
  if (here.trustDomain !== undefined && here.trustDomain !== token.trustDomain) {
    const message = `the join token is for the mesh ${token.trustDomain}, the data directory is of ${here.trustDomain}`;
    throw new IdentityError('TOKEN_OTHER_MESH', message);
  }
  if (here.now > token.expiresAt) {
    const end = new Date(token.expiresAt).toISOString();
    const now = new Date(here.now).toISOString();
    const message = `the join token ended at ${end}; by this host's clock it is ${now}`;
    throw new IdentityError('TOKEN_EXPIRED', message);
  }
}

function readToken(payload: Uint8Array): JoinToken | undefined {
  const { td, root, at, ca, secret, to, node } = fieldsOf(decodeUntrusted(payload));
  if (typeof td !== 'string' || typeof at !== 'string' || !isCount(to)) return undefined;
  if (!isHash(root) || !isHash(ca) || !isBytes(secret)) return undefined;
  const trustDomain = parseTrustDomain(td);
  const nodeName = typeof node === 'string' ? parseNodeName(node) : undefined;
  if (!trustDomain.ok || nodeName?.ok === false || !/^[^\s/@]+:\d{1,5}$/.test(at)) return undefined;
  if (secret.length !== TOKEN_SECRET_BYTES || (node !== undefined && nodeName === undefined)) {
    return undefined;
  }
  return {
    trustDomain: trustDomain.value,
    rootSha256: toHex(root),
    authorityAddress: at,
    authorityKeySha256: toHex(ca),
    secret,
    expiresAt: to,
    ...(nodeName === undefined ? {} : { nodeName: nodeName.value }),
  };
}

const malformed = (message: string, options?: { readonly remedy: string }): IdentityError =>
  new IdentityError('TOKEN_MALFORMED', message, options);

function fail(message: string): never {
  throw malformed(message);
}

const isHash = (value: unknown): value is Uint8Array =>
  isBytes(value) && value.length === HASH_BYTES;
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

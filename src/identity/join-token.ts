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

/** What a new node needs to know that it joined the right mesh; no secret. */
export interface MeshPin {
  readonly trustDomain: TrustDomain;
  /** SHA-256 of the trust repository's root file, hex: the new node's anchor. */
  readonly rootSha256: string;
  /** `host:port` of the authority that made the line and takes the node in. */
  readonly authorityAddress: string;
  /** SHA-256 of that authority's SubjectPublicKeyInfo, hex. */
  readonly authorityKeySha256: string;
}

/** A pin with what lets one node in, once. It is a secret until it is used or has expired. */
export interface JoinToken extends MeshPin {
  /** 32 random bytes. */
  readonly secret: Uint8Array;
  readonly expiresAt: EpochMs;
  /** The only name under which it can be used; any when absent. */
  readonly nodeName?: NodeName;
  /** The only locality in which the node may run; any when absent. */
  readonly locality?: string;
}

export const formatJoinToken = (token: JoinToken): string =>
  formatLine({
    ...fieldsOfPin(token),
    secret: token.secret,
    to: token.expiresAt,
    ...(token.nodeName === undefined ? {} : { node: token.nodeName }),
    ...(token.locality === undefined ? {} : { loc: token.locality }),
  });

/** For hosts that an enterprise vouches for: a pin, as a line of the same form. */
export const formatInvitation = (pin: MeshPin): string => formatLine(fieldsOfPin(pin));

/** One line to copy: `selvage1.` and base64url of DAG-CBOR with the first 4 bytes of its SHA-256. */
function formatLine(fields: Readonly<Record<string, unknown>>): string {
  const payload = encode(fields);
  const checksum = sha256(payload).subarray(0, CHECKSUM_BYTES);
  return PREFIX + Buffer.concat([payload, checksum]).toString('base64url');
}

const fieldsOfPin = (pin: MeshPin) => ({
  td: pin.trustDomain,
  root: fromHex(pin.rootSha256),
  at: pin.authorityAddress,
  ca: fromHex(pin.authorityKeySha256),
});

/**
 * Reads what a person pasted; white space within (a terminal's line breaks) is let pass.
 * @throws IdentityError TOKEN_MALFORMED, which never repeats the token: it may be a live secret
 */
export function parseJoinToken(text: string): JoinToken {
  const fields = readLine(text);
  const pin = readPin(fields);
  if (pin !== undefined && fields.secret === undefined) {
    throw malformed('this is an invitation for hosts with a certificate, no join token', {
      remedy: 'Join with --x509pop, --certificate and --key, or with a token.',
    });
  }
  const token = pin && readToken(pin, fields);
  return token ?? fail('the join token lacks a part or has a wrong one');
}

/**
 * Reads what {@link formatInvitation} wrote.
 * @throws IdentityError INVITATION_MALFORMED, TOKEN_MALFORMED
 */
export function parseInvitation(text: string): MeshPin {
  const fields = readLine(text);
  if (fields.secret !== undefined) {
    throw new IdentityError('INVITATION_MALFORMED', 'this is a join token, no invitation', {
      remedy: 'Join without --x509pop: the token is used up by it.',
    });
  }
  const pin = readPin(fields);
  if (pin !== undefined) return pin;
  throw new IdentityError('INVITATION_MALFORMED', 'the invitation lacks a part or has a wrong one');
}

/** What stands in a line that came over whole. */
function readLine(text: string): Readonly<Record<string, unknown>> {
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
  return fieldsOf(decodeUntrusted(payload));
}

/** @throws IdentityError TOKEN_OTHER_MESH */
export function requireSameMesh({ trustDomain }: MeshPin, here: TrustDomain): void {
  if (here === trustDomain) return;
  const message = `the join token is for the mesh ${trustDomain}, the data directory is of ${here}`;
  throw new IdentityError('TOKEN_OTHER_MESH', message);
}

/**
 * For the joining host, before it connects: is the token still good?
 * @throws IdentityError TOKEN_EXPIRED
 */
export function requireUsableToken({ expiresAt }: JoinToken, nowMs: EpochMs): void {
  if (nowMs > expiresAt) {
    const end = new Date(expiresAt).toISOString();
    const now = new Date(nowMs).toISOString();
    const message = `the join token ended at ${end}; by this host's clock it is ${now}`;
    throw new IdentityError('TOKEN_EXPIRED', message);
  }
}

function readPin({ td, root, at, ca }: Readonly<Record<string, unknown>>): MeshPin | undefined {
  if (typeof td !== 'string' || typeof at !== 'string' || !isHash(root) || !isHash(ca)) {
    return undefined;
  }
  const trustDomain = parseTrustDomain(td);
  if (!trustDomain.ok || !/^[^\s/@]+:\d{1,5}$/.test(at)) return undefined;
  return {
    trustDomain: trustDomain.value,
    rootSha256: toHex(root),
    authorityAddress: at,
    authorityKeySha256: toHex(ca),
  };
}

function readToken(
  pin: MeshPin,
  { secret, to, node, loc }: Readonly<Record<string, unknown>>,
): JoinToken | undefined {
  if (!isBytes(secret) || secret.length !== TOKEN_SECRET_BYTES || !isCount(to)) return undefined;
  const nodeName = typeof node === 'string' ? parseNodeName(node) : undefined;
  if (nodeName?.ok === false || (node !== undefined && nodeName === undefined)) return undefined;
  if (loc !== undefined && typeof loc !== 'string') return undefined;
  return {
    ...pin,
    secret,
    expiresAt: to,
    ...(nodeName === undefined ? {} : { nodeName: nodeName.value }),
    ...(loc === undefined ? {} : { locality: loc }),
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

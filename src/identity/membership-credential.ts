import { encode } from '@ipld/dag-cbor';
import {
  err,
  type NodeName,
  nodeSpiffeId,
  ok,
  parseNodeName,
  parseSpiffeId,
  type Result,
  type SpiffeId,
  spiffePath,
  spiffeTrustDomain,
} from '../core/index.ts';
import {
  ed25519KeySha256,
  equalInConstantTime,
  type Issuer,
  type Revocations,
  readVerified,
  type SignedFacts,
  signContext,
  type TrustBundle,
  type Verified,
  verifyContext,
} from '../crypto/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { decodeUntrusted, fieldsOf, isBytes, isCount } from './cbor.ts';
import { CLOCK_TOLERANCE_MS } from './clock-tolerance.ts';

const CONTEXT = 'selvage/credential/v1';

/** A credential has about 300 bytes; a bound on what a stranger can make a node read. */
export const MAX_CREDENTIAL_BYTES = 4_096;

/** An authority's word that a key is a node's, until it expires. */
export interface MembershipCredential {
  readonly node: NodeName;
  readonly spiffeId: SpiffeId;
  /** The node's Ed25519 public key, 32 bytes: peer id, record key and datagram key in one. */
  readonly publicKey: Uint8Array;
  /** Grows with each new key of this node: the highest owns the name. */
  readonly epoch: number;
  /** Where alone the node may run; anywhere when absent. */
  readonly locality?: string;
  readonly notBefore: EpochMs;
  readonly expiresAt: EpochMs;
  /** SHA-256 of the authority's SubjectPublicKeyInfo, hex. */
  readonly authorityKeySha256: string;
}

/** Closed: these are metric labels. */
export type CredentialRefusalReason =
  | 'malformed'
  | 'unknown-authority'
  | 'other-namespace'
  | 'revoked'
  | 'bad-signature'
  | 'wrong-name'
  | 'other-key'
  | 'not-yet-valid'
  | 'expired';

export interface CredentialRefusal {
  readonly reason: CredentialRefusalReason;
  /** In words, for a log; never sent to the peer. */
  readonly detail: string;
}

const refuse = (reason: CredentialRefusalReason, detail: string) =>
  err<CredentialRefusal>({ reason, detail });

/** Signs a credential: [payload as signed, authority key hash, signature] in DAG-CBOR. */
export function signCredential(
  issuer: Issuer,
  credential: Omit<MembershipCredential, 'spiffeId' | 'authorityKeySha256'>,
): Uint8Array {
  const payload = encode({
    id: nodeSpiffeId(issuer.trustDomain, credential.node),
    key: credential.publicKey,
    epoch: credential.epoch,
    from: credential.notBefore,
    to: credential.expiresAt,
    ...(credential.locality === undefined ? {} : { loc: credential.locality }),
  });
  const authority = Buffer.from(issuer.certificate.publicKeySha256, 'hex');
  return encode([payload, new Uint8Array(authority), signContext(issuer.key, CONTEXT, payload)]);
}

/**
 * Decides whether `encoded` makes the holder of `publicKey` (32 bytes, proven by the caller) a
 * member: signed by an authority of the bundle that is valid now, for this key, within its dates
 * (± {@link CLOCK_TOLERANCE_MS}). Never throws.
 */
export function verifyCredential(
  encoded: Uint8Array,
  publicKey: Uint8Array,
  authorities: TrustBundle,
  now: EpochMs,
): Result<Verified<MembershipCredential>, CredentialRefusal> {
  const envelope = readEnvelope(encoded);
  if (envelope === undefined)
    return refuse('malformed', 'these bytes are no membership credential');
  const authorityKeySha256 = Buffer.from(envelope.authority).toString('hex');
  const authority = authorities.authority(authorityKeySha256, now);
  if (authority === undefined) {
    return refuse('unknown-authority', `no authority in force has the key ${authorityKeySha256}`);
  }
  const payload = verifyContext(authority.publicKey, CONTEXT, envelope.payload, envelope.signature);
  if (payload === undefined) return refuse('bad-signature', 'its authority did not sign it');
  const credential = readVerified(payload, (bytes) => readPayload(bytes, authorityKeySha256));
  if (credential === undefined) return refuse('malformed', 'its authority signed no credential');
  if (spiffeTrustDomain(credential.spiffeId) !== authorities.trustDomain) {
    return refuse('wrong-name', `${credential.spiffeId} is of another trust domain`);
  }
  if (!authority.mayName(credential.spiffeId)) {
    const detail = `its authority signs for some namespaces alone, not for ${credential.spiffeId}`;
    return refuse('other-namespace', detail);
  }
  if (!equalInConstantTime(credential.publicKey, publicKey)) {
    return refuse('other-key', `it is for another key of ${credential.node}`);
  }
  if (now < memberSinceMs(credential.epoch) - CLOCK_TOLERANCE_MS) {
    // The highest epoch owns a name: a stolen authority could give one away for ever, beyond all revocations.
    return refuse('not-yet-valid', `its epoch ${credential.epoch} is one of the future`);
  }
  if (now < credential.notBefore - CLOCK_TOLERANCE_MS) {
    return refuse('not-yet-valid', `it begins at ${new Date(credential.notBefore).toISOString()}`);
  }
  if (now > credential.expiresAt + CLOCK_TOLERANCE_MS) {
    return refuse('expired', `it ended at ${new Date(credential.expiresAt).toISOString()}`);
  }
  const revoked = authorities.revocations.problemOf(signedFacts(credential));
  return revoked === undefined ? ok(credential) : refuse('revoked', revoked);
}

/** Why its holder is revoked, whichever authority signs for it, in words; undefined when it is not. */
export const holderProblem = (
  credential: MembershipCredential,
  revocations: Revocations,
): string | undefined =>
  revocations.problemOf({ ...signedFacts(credential), authorityKeySha256: '' });

/** What a revocation can name of it. */
const signedFacts = ({ publicKey, ...credential }: MembershipCredential): SignedFacts => ({
  ...credential,
  publicKeySha256: ed25519KeySha256(publicKey),
  memberSinceMs: memberSinceMs(credential.epoch),
});

/** Epochs follow the clock, in seconds, and stay when a credential is renewed: when the node joined with its key. */
const memberSinceMs = (epoch: number): EpochMs => epoch * 1_000;

/** The first epoch under which a node may come back that was revoked so that what it gets begins at `earliestMs`. */
export const firstEpochFrom = (earliestMs: EpochMs): number => Math.ceil(earliestMs / 1_000);

interface Envelope {
  readonly payload: Uint8Array;
  readonly authority: Uint8Array;
  readonly signature: Uint8Array;
}

function readEnvelope(encoded: Uint8Array): Envelope | undefined {
  if (encoded.length > MAX_CREDENTIAL_BYTES) return undefined;
  const value = decodeUntrusted(encoded);
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [payload, authority, signature]: unknown[] = value;
  return isBytes(payload) && isBytes(authority) && isBytes(signature)
    ? { payload, authority, signature }
    : undefined;
}

function readPayload(
  payload: Uint8Array,
  authorityKeySha256: string,
): MembershipCredential | undefined {
  const { id, key, epoch, from, to, loc } = fieldsOf(decodeUntrusted(payload));
  if (typeof id !== 'string' || !isBytes(key)) return undefined;
  if (!isCount(epoch) || !isCount(from) || !isCount(to)) return undefined;
  if (loc !== undefined && typeof loc !== 'string') return undefined;
  const spiffeId = parseSpiffeId(id);
  const node = spiffeId.ok ? nodeOf(spiffeId.value) : undefined;
  if (!spiffeId.ok || node === undefined) return undefined;
  return {
    node,
    spiffeId: spiffeId.value,
    publicKey: key,
    epoch,
    ...(loc === undefined ? {} : { locality: loc }),
    notBefore: from,
    expiresAt: to,
    authorityKeySha256,
  };
}

/** `/node/<name>` and nothing else: a workload's identity is no membership. */
function nodeOf(id: SpiffeId): NodeName | undefined {
  const name = /^\/node\/([^/]+)$/.exec(spiffePath(id))?.[1];
  const node = name === undefined ? undefined : parseNodeName(name);
  return node?.ok ? node.value : undefined;
}

import { describeDuration, err, ok, type Result } from '../core/index.ts';
import { sha256Hex } from '../crypto/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { hasAtMostItems } from './cbor-items.ts';
import { decodeEnvelope, decodePayload, type Envelope } from './envelope.ts';
import { IndexedRecord } from './indexed-record.ts';
import {
  CLOCK_TOLERANCE_MS,
  MAX_RECORD_BYTES,
  MAX_RECORD_ITEMS,
  RECORD_LIFE_MS,
} from './limits.ts';
import { ReadContent } from './read-content.ts';
import type { WriterCheck } from './writer.ts';

/** Why a record is not taken. Closed: these are metric labels. */
export type RefusalReason =
  | 'too-large'
  | 'malformed'
  | 'expired'
  | 'from-the-future'
  | 'too-long-lived'
  | 'writer'
  | 'signature'
  | 'older-epoch'
  | 'over-quota'
  | 'too-fast'
  | 'no-evidence';

export interface Refusal {
  readonly reason: RefusalReason;
  /** In words, for a log. */
  readonly detail: string;
}

const STANDS = ok(undefined);

const refuse = (reason: RefusalReason, detail: string) => err<Refusal>({ reason, detail });

/** A record that says nothing yet: well formed, not checked. */
export interface RecordClaim {
  readonly record: IndexedRecord;
  readonly envelope: Envelope;
  /** The envelope's bytes, as they are stored and sent on. */
  readonly bytes: Uint8Array;
}

/** What bytes claim, without believing it: a function of the bytes alone. */
export type ReadClaim = (bytes: Uint8Array) => Result<RecordClaim, Refusal>;

export const readClaim: ReadClaim = (bytes) => {
  if (bytes.length > MAX_RECORD_BYTES) {
    return refuse('too-large', `${bytes.length} bytes; at most ${MAX_RECORD_BYTES} are taken`);
  }
  const envelope = decodeEnvelope(bytes);
  if (envelope !== undefined && !hasAtMostItems(envelope.payload, MAX_RECORD_ITEMS)) {
    return refuse('too-large', `more than ${MAX_RECORD_ITEMS} items are in it`);
  }
  const content = envelope === undefined ? undefined : decodePayload(envelope.payload);
  if (envelope === undefined || content === undefined) {
    return refuse('malformed', 'these bytes are no record');
  }
  const signed = new ReadContent(content, envelope.publicKey, envelope.payload);
  const record = new IndexedRecord(signed, sha256Hex(envelope.payload), bytes.length);
  return ok({ record, envelope, bytes });
};

/** Decides whether a claim is its writer's word, and in force at `now`. */
export function verifyClaim(
  claim: RecordClaim,
  check: WriterCheck,
  now: EpochMs,
): Result<undefined, Refusal> {
  const timely = verifyTime(claim, now);
  return timely.ok ? verifyWord(claim, check, now) : timely;
}

/** Decides whether what was found to be its writer's word is in force at `now`: its signature is not looked at again. */
export function verifyStanding(
  claim: RecordClaim,
  check: WriterCheck,
  now: EpochMs,
): Result<undefined, Refusal> {
  const timely = verifyTime(claim, now);
  return timely.ok ? verifyCredential(claim, check, now) : timely;
}

function verifyTime(
  { record: { id, content, expiresAt } }: RecordClaim,
  now: EpochMs,
): Result<undefined, Refusal> {
  const { issuedAt } = content;
  if (expiresAt <= now) return refuse('expired', `${id} ended ${now - expiresAt} ms ago`);
  if (issuedAt > now + CLOCK_TOLERANCE_MS) {
    const early = describeDuration(issuedAt - now);
    return refuse('from-the-future', `${id} begins in ${early}: a clock is wrong`);
  }
  return STANDS;
}

/** Decides whether a claim is its writer's word, whenever that was: by the writer's credential, then by the signature. */
export function verifyWord(
  claim: RecordClaim,
  check: WriterCheck,
  now: EpochMs,
): Result<undefined, Refusal> {
  const standing = verifyCredential(claim, check, now);
  if (!standing.ok) return standing;
  const { payload, publicKey, signature } = claim.envelope;
  const signed = check.verifySignature(publicKey, payload, signature);
  return signed ? STANDS : refuse('signature', `${claim.record.id}: its writer did not sign it`);
}

/**
 * Decides whether the credential that a claim rests on is its writer's, or was while the claim could be made. A
 * record that outlives it is refused, so that one instant, which the writer signed, ends it on every node.
 */
function verifyCredential(
  { record: { id, content }, envelope }: RecordClaim,
  check: WriterCheck,
  now: EpochMs,
): Result<undefined, Refusal> {
  const { issuedAt, expiresAt, sequence, writer } = content;
  if (expiresAt - issuedAt > RECORD_LIFE_MS) {
    return refuse('too-long-lived', `${id} lives ${expiresAt - issuedAt} ms`);
  }
  const at = Math.min(now, expiresAt - 1);
  const facts = check.verifyWriter(envelope.credential, envelope.publicKey, at);
  if (!facts.ok) return refuse('writer', `${id}: ${facts.error}`);
  const { node, epoch } = facts.value;
  if (node !== writer || epoch !== sequence.epoch) {
    return refuse('writer', `${id} at epoch ${sequence.epoch} rests on ${node}'s epoch ${epoch}`);
  }
  if (expiresAt > facts.value.expiresAt) {
    return refuse('too-long-lived', `${id} outlives its writer's credential`);
  }
  return STANDS;
}

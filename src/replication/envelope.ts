import * as dagCbor from '@ipld/dag-cbor';
import { parseNodeName } from '../core/index.ts';
import { hasAtMostItems } from './cbor-items.ts';
import { MAX_BOOT, MAX_RECORD_ITEMS } from './limits.ts';
import { isRecordName, type RecordContent } from './record.ts';

/**
 * A record as it is stored and as it travels: the payload's bytes exactly as they were signed, and
 * what it takes to check them without ever having met the writer.
 */
export interface Envelope {
  readonly payload: Uint8Array;
  /** The writer's Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  /** The writer's membership credential, which binds that key to its name. */
  readonly credential: Uint8Array;
}

export const encodeEnvelope = (envelope: Envelope): Uint8Array =>
  dagCbor.encode([envelope.payload, envelope.publicKey, envelope.signature, envelope.credential]);

const ENVELOPE_PARTS = 4;

/** Undefined when the bytes are no envelope. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  const parts = decode(bytes, 1 + ENVELOPE_PARTS);
  if (!Array.isArray(parts) || parts.length !== ENVELOPE_PARTS) return undefined;
  if (!parts.every((part): part is Uint8Array => part instanceof Uint8Array)) return undefined;
  const [payload, publicKey, signature, credential] = parts;
  if (payload === undefined || publicKey === undefined) return undefined;
  if (signature === undefined || credential === undefined) return undefined;
  return { payload, publicKey, signature, credential };
}

/** @throws when the value is not plain data */
export const encodePayload = ({ sequence, ...content }: RecordContent): Uint8Array =>
  dagCbor.encode({ ...content, ...sequence });

const FIELDS = 10;

/** Undefined when the bytes are no payload, or have fields that this version does not know. */
export function decodePayload(bytes: Uint8Array): RecordContent | undefined {
  const fields = decode(bytes, MAX_RECORD_ITEMS);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
  if (Object.keys(fields).length !== FIELDS) return undefined;
  const { writer, kind, key, value, epoch, boot, n, issuedAt, expiresAt, tombstone } =
    fields as Readonly<Record<string, unknown>>; // an object, as was checked just now
  const name = typeof writer === 'string' ? parseNodeName(writer) : undefined;
  if (name?.ok !== true || typeof kind !== 'string' || typeof key !== 'string') return undefined;
  if (!isRecordName(kind, key) || value === undefined || typeof tombstone !== 'boolean') {
    return undefined;
  }
  if (tombstone && value !== null) return undefined;
  if (!isCount(epoch) || !isCount(boot) || boot > MAX_BOOT || !isCount(n)) return undefined;
  if (!isCount(issuedAt) || !isCount(expiresAt)) return undefined;
  const sequence = { epoch, boot, n };
  return { writer: name.value, kind, key, value, sequence, issuedAt, expiresAt, tombstone };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

/** What a stranger's bytes hold, or undefined: dag-cbor throws on all that is not canonical. */
function decode(bytes: Uint8Array, mostItems: number): unknown {
  if (!hasAtMostItems(bytes, mostItems)) return undefined;
  try {
    return dagCbor.decode(bytes);
  } catch {
    return undefined; // RangeError on deep nesting included: either way these are no data of ours
  }
}

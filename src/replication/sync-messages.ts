import * as dagCbor from '@ipld/dag-cbor';
import { err, ok, type Result } from '../core/index.ts';
import type { RecordHead, RecordId } from './record.ts';

/** Answers `/selvage/records/1`; each message is one DAG-CBOR map of at most {@link MAX_SYNC_BYTES}. */
export const SYNC_PROTOCOL = '/selvage/records/1';

/** Bounds what a peer can make us decode at once. */
export const MAX_SYNC_BYTES = 2 * 1024 * 1024;
/** Heads in one page: at most about 450 bytes each. */
export const HEADS_PER_PAGE = 2_048;
/** Records asked for at once, and how many of their bytes are answered; the rest is asked for again. */
export const IDS_PER_FETCH = 256;
export const MAX_FETCH_BYTES = 1024 * 1024;

export type SyncRequest =
  | { readonly ask: 'digest' }
  /** The heads whose ids come after `after`; all when it is empty. */
  | { readonly ask: 'heads'; readonly after: RecordId }
  | { readonly ask: 'records'; readonly ids: readonly RecordId[] };

/** `more`: further heads follow the last one. */
export interface HeadPage {
  readonly heads: readonly RecordHead[];
  readonly more: boolean;
}

export const encodeRequest = (request: SyncRequest): Uint8Array => dagCbor.encode(request);

export function decodeRequest(bytes: Uint8Array): Result<SyncRequest, string> {
  const map = decodeMap(bytes);
  const { ask, after, ids } = map;
  if (ask === 'digest') return ok({ ask });
  if (ask === 'heads' && typeof after === 'string') return ok({ ask, after });
  if (ask === 'records' && isListOf(ids, isString) && ids.length <= IDS_PER_FETCH) {
    return ok({ ask, ids });
  }
  return err('these bytes are no request for records');
}

export const encodeDigest = (digest: string): Uint8Array => dagCbor.encode({ digest });

export function decodeDigest(bytes: Uint8Array): Result<string, string> {
  const { digest } = decodeMap(bytes);
  return typeof digest === 'string' ? ok(digest) : err('the answer has no digest');
}

export const encodeHeads = ({ heads, more }: HeadPage): Uint8Array =>
  dagCbor.encode({
    heads: heads.map(({ id, sequence, hash }) => [
      id,
      sequence.epoch,
      sequence.boot,
      sequence.n,
      hash,
    ]),
    more,
  });

export function decodeHeads(bytes: Uint8Array): Result<HeadPage, string> {
  const { heads, more } = decodeMap(bytes);
  if (typeof more !== 'boolean' || !isListOf(heads, isHead) || heads.length > HEADS_PER_PAGE) {
    return err('the answer is no page of heads');
  }
  return ok({
    heads: heads.map(([id, epoch, boot, n, hash]) => ({ id, sequence: { epoch, boot, n }, hash })),
    more,
  });
}

export const encodeRecords = (records: readonly Uint8Array[]): Uint8Array =>
  dagCbor.encode({ records });

export function decodeRecords(bytes: Uint8Array): Result<readonly Uint8Array[], string> {
  const { records } = decodeMap(bytes);
  return isListOf(records, isBytes) && records.length <= IDS_PER_FETCH
    ? ok(records)
    : err('the answer is no list of records');
}

type EncodedHead = readonly [id: string, epoch: number, boot: number, n: number, hash: string];

const isString = (value: unknown): value is string => typeof value === 'string';
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const isHead = (value: unknown): value is EncodedHead =>
  Array.isArray(value) &&
  value.length === 5 &&
  isString(value[0]) &&
  value.slice(1, 4).every((part) => Number.isSafeInteger(part)) &&
  isString(value[4]);

const isListOf = <T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] =>
  Array.isArray(value) && value.every(isItem);

/** The fields of a map, or none when the bytes are no map: every reader then finds them missing. */
function decodeMap(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length > MAX_SYNC_BYTES) return {};
  try {
    const value: unknown = dagCbor.decode(bytes);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {}; // dag-cbor throws on all that is not canonical
  }
}

import * as dagCbor from '@ipld/dag-cbor';
import { err, ok, type Result } from '../../core/index.ts';
import { hasAtMostItems } from '../cbor-items.ts';
import type { RecordId } from '../record.ts';
import type { HeldState } from './held-state.ts';
import {
  IDS_PER_REQUEST,
  MAX_BROUGHT,
  MAX_REQUEST_BYTES,
  MAX_SHOWN_WRITERS,
  MAX_SYNC_BYTES,
  RANGES_PER_REQUEST,
} from './limits.ts';
import { partsOf, type RangeNode, type RangePath, type ShelfHead } from './range.ts';
import {
  decodeNode,
  decodeShelves,
  digestBytes,
  digestText,
  encodeNode,
  encodeShelves,
  isRecordId,
  SHELF_ITEMS,
} from './range-wire.ts';

/** Answers `/selvage/records/3`: each message is one DAG-CBOR list of at most {@link MAX_SYNC_BYTES}. */
export const SYNC_PROTOCOL = '/selvage/records/3';

export type SyncRequest =
  /**
   * Do we hold the same? This is what the asking side holds: all in short and, where it expects to learn something and
   * knows few writers, each of them.
   */
  | ({ readonly ask: 'state'; readonly shelves?: readonly ShelfHead[] } & HeldState)
  | { readonly ask: 'ranges'; readonly paths: readonly RangePath[] }
  | { readonly ask: 'records'; readonly ids: readonly RecordId[] }
  /** The records whose ids come after `after` and of which there is evidence; all when it is empty. */
  | { readonly ask: 'evidence'; readonly after: RecordId }
  | { readonly ask: 'pairs'; readonly ids: readonly RecordId[] };

/** A record as it travels, and its name: nobody has to open it for that. */
export type BroughtRecord = readonly [RecordId, Uint8Array];

/** What the answering side holds where its digest is another one: `root`, the range of everything, or what differs. */
export interface SyncState extends HeldState {
  readonly root: RangeNode | undefined;
  /** All records of each writer of whom the asker does not hold the same. */
  readonly brought?: readonly BroughtRecord[];
}

/** Two records under one sequence, as they travel. */
export type RecordPair = readonly [Uint8Array, Uint8Array];

export function encodeRequest(request: SyncRequest): Uint8Array {
  switch (request.ask) {
    case 'state':
      return dagCbor.encode([
        'state',
        digestBytes(request.digest),
        digestBytes(request.evidence),
        ...(request.shelves === undefined ? [] : [encodeShelves(request.shelves)]),
      ]);
    case 'ranges':
      return dagCbor.encode(['ranges', request.paths]);
    case 'evidence':
      return dagCbor.encode(['evidence', request.after]);
    case 'records':
    case 'pairs':
      return dagCbor.encode([request.ask, request.ids]);
  }
}

/** A list of what is asked, and of names. */
const MAX_REQUEST_ITEMS =
  5 + Math.max(IDS_PER_REQUEST, RANGES_PER_REQUEST, SHELF_ITEMS * MAX_SHOWN_WRITERS);

export function decodeRequest(bytes: Uint8Array): Result<SyncRequest, string> {
  const isShort = bytes.length <= MAX_REQUEST_BYTES && hasAtMostItems(bytes, MAX_REQUEST_ITEMS);
  const [ask, ...asked] = (isShort ? decodeList(bytes) : undefined) ?? [];
  const request = requestOf(ask, asked);
  return request === undefined ? err('these bytes are no request for records') : ok(request);
}

function requestOf(ask: unknown, asked: readonly unknown[]): SyncRequest | undefined {
  if (ask === 'state') return stateRequestOf(asked);
  const [first] = asked;
  if (asked.length !== 1) return undefined;
  if (ask === 'evidence') return first === '' || isId(first) ? { ask, after: first } : undefined;
  if (ask === 'ranges') {
    const isGood = isListOf(first, isPath, RANGES_PER_REQUEST);
    return isGood ? { ask, paths: first } : undefined;
  }
  if (ask !== 'records' && ask !== 'pairs') return undefined;
  return isListOf(first, isId, IDS_PER_REQUEST) ? { ask, ids: first } : undefined;
}

function stateRequestOf(asked: readonly unknown[]): SyncRequest | undefined {
  const [digest, evidence] = [optionalDigest(asked[0]), optionalDigest(asked[1])];
  if (digest === undefined || evidence === undefined) return undefined;
  if (asked.length === 2) return { ask: 'state', digest, evidence };
  const shelves = asked.length === 3 ? decodeShelves(asked[2], MAX_SHOWN_WRITERS) : undefined;
  return shelves && { ask: 'state', digest, evidence, shelves };
}

export const encodeState = ({ digest, evidence, root, brought }: SyncState): Uint8Array =>
  dagCbor.encode([
    digestBytes(digest),
    digestBytes(evidence),
    encodeNode(root),
    ...(brought === undefined ? [] : [brought]),
  ]);

export function decodeState(bytes: Uint8Array): Result<SyncState, string> {
  const list = decodeList(bytes) ?? [];
  const [digest, evidence] = [optionalDigest(list[0]), optionalDigest(list[1])];
  const root = decodeNode(list[2], '');
  const brought = list[3];
  const isWhole = list.length >= 3 && digest !== undefined && evidence !== undefined;
  if (isWhole && root !== 'nonsense') {
    if (list.length === 3) return ok({ digest, evidence, root });
    if (list.length === 4 && isListOf(brought, isBrought, MAX_BROUGHT)) {
      return ok({ digest, evidence, root, brought });
    }
  }
  return err('the answer does not say what the peer holds');
}

export const encodeRanges = (nodes: readonly (RangeNode | undefined)[]): Uint8Array =>
  dagCbor.encode(nodes.map(encodeNode));

/** What each of the first of `paths` holds: as many as were answered, at least one. */
export function decodeRanges(
  bytes: Uint8Array,
  paths: readonly RangePath[],
): Result<readonly (RangeNode | undefined)[], string> {
  const list = decodeList(bytes);
  if (list === undefined || list.length === 0 || list.length > paths.length) {
    return err('the answer is no list of ranges');
  }
  const nodes: (RangeNode | undefined)[] = [];
  for (const [index, value] of list.entries()) {
    const path = paths[index] ?? '';
    const node = decodeNode(value, path);
    if (node === 'nonsense') return err(`the answer holds what cannot be in range '${path}'`);
    nodes.push(node);
  }
  return ok(nodes);
}

export const encodeRecords = (records: readonly (Uint8Array | undefined)[]): Uint8Array =>
  dagCbor.encode(records.map((bytes) => bytes ?? null));

/** The first of the records that were asked for, in that order, at least one; undefined for what is gone. */
export const decodeRecords = (
  bytes: Uint8Array,
  asked: number,
): Result<readonly (Uint8Array | undefined)[], string> =>
  decodeAnswers(bytes, asked, isBytes, 'the answer is no list of records');

export const encodeIds = (ids: readonly RecordId[]): Uint8Array => dagCbor.encode(ids);

/** Ascending, so that a list without end must come to one. */
export function decodeIds(bytes: Uint8Array, after: RecordId): Result<readonly RecordId[], string> {
  const ids = decodeList(bytes);
  const isAscending = (id: string, index: number, all: readonly string[]) =>
    id > (all[index - 1] ?? after);
  return isListOf(ids, isId, Number.POSITIVE_INFINITY) && ids.every(isAscending)
    ? ok(ids)
    : err('the answer is no ascending list of names');
}

export const encodePairs = (pairs: readonly (RecordPair | undefined)[]): Uint8Array =>
  dagCbor.encode(pairs.map((pair) => pair ?? null));

/** The same as {@link decodeRecords}. */
export const decodePairs = (
  bytes: Uint8Array,
  asked: number,
): Result<readonly (RecordPair | undefined)[], string> =>
  decodeAnswers(bytes, asked, isPair, 'the answer is no list of evidence');

function decodeAnswers<T>(
  bytes: Uint8Array,
  asked: number,
  isItem: (item: unknown) => item is T,
  problem: string,
): Result<readonly (T | undefined)[], string> {
  const list = decodeList(bytes);
  const isOne = (item: unknown): item is T | null => item === null || isItem(item);
  if (!isListOf(list, isOne, asked) || list.length === 0) return err(problem);
  return ok(list.map((item) => item ?? undefined));
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isId = (value: unknown): value is RecordId => isString(value) && isRecordId(value);
const isPath = (value: unknown): value is RangePath =>
  isString(value) && partsOf(value) !== undefined;
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const isPair = (value: unknown): value is RecordPair =>
  Array.isArray(value) && value.length === 2 && value.every(isBytes);

const isBrought = (value: unknown): value is BroughtRecord =>
  Array.isArray(value) && value.length === 2 && isId(value[0]) && isBytes(value[1]);

const isListOf = <T>(
  value: unknown,
  isItem: (item: unknown) => item is T,
  most: number,
): value is readonly T[] => Array.isArray(value) && value.length <= most && value.every(isItem);

/** '' for no bytes: of nothing at all there is no digest. */
const optionalDigest = (value: unknown): string | undefined =>
  isBytes(value) && value.length === 0 ? '' : digestText(value);

/** Are they the same message? There is one way only to write each. */
export const isSameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a === b || (a.length === b.length && Buffer.compare(a, b) === 0);

/** Undefined when the bytes are no list. */
function decodeList(bytes: Uint8Array): readonly unknown[] | undefined {
  if (bytes.length > MAX_SYNC_BYTES) return undefined;
  try {
    const value: unknown = dagCbor.decode(bytes);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // dag-cbor throws on all that is not canonical
  }
}

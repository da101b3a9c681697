import { isDnsLabel, type NodeName } from '../../core/index.ts';
import { isRecordName, type RecordHead } from '../record.ts';
import { FAN_OUT, LEAF_ITEMS } from '../subtree.ts';
import {
  type RangeNode,
  type RangePath,
  SHORT_DIGEST_DIGITS,
  type ShelfHead,
  shortened,
} from './range.ts';

const DIGEST_BYTES = SHORT_DIGEST_DIGITS / 2;
const NOTHING = '0'.repeat(SHORT_DIGEST_DIGITS);

/** A node as DAG-CBOR has it: the digests of a branch in one byte string, or the items of a leaf; null for nothing. */
export type EncodedNode = Uint8Array | readonly (EncodedShelf | EncodedHead)[] | null;
type EncodedShelf = readonly [writer: string, epoch: number, digest: Uint8Array];
type EncodedHead = readonly [
  name: string,
  epoch: number,
  boot: number,
  n: number,
  hash: Uint8Array,
];

export const digestBytes = (digest: string): Uint8Array =>
  new Uint8Array(Buffer.from(shortened(digest), 'hex'));

/** Undefined when a value is no digest of the length that is sent. */
export const digestText = (value: unknown): string | undefined =>
  value instanceof Uint8Array && value.length === DIGEST_BYTES ? hex(value) : undefined;

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

/** CBOR items of a shelf: a list of three. */
export const SHELF_ITEMS = 4;

export const encodeShelves = (shelves: readonly ShelfHead[]): readonly EncodedShelf[] =>
  shelves.map(({ writer, epoch, digest }) => [writer, epoch, digestBytes(digest)]);

/** Undefined when a value is no list of at most so many. */
export function decodeShelves(value: unknown, most: number): readonly ShelfHead[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined;
  const shelves = value.map(shelfOf);
  return isWhole(shelves) ? shelves : undefined;
}

export function encodeNode(node: RangeNode | undefined): EncodedNode {
  if (node === undefined) return null;
  switch (node.kind) {
    case 'branch':
      return new Uint8Array(
        Buffer.from(node.digests.map((digest) => shortened(digest) || NOTHING).join(''), 'hex'),
      );
    case 'writers':
      return encodeShelves(node.shelves);
    case 'records':
      return node.heads.map(({ id, sequence: { epoch, boot, n }, hash }) => [
        id.slice(id.indexOf('/') + 1),
        epoch,
        boot,
        n,
        digestBytes(hash),
      ]);
  }
}

/** How many bytes a node has on the wire, about: never less. */
export function encodedBytes(node: RangeNode | undefined): number {
  if (node === undefined) return 1;
  if (node.kind === 'branch') return FAN_OUT * DIGEST_BYTES + 3;
  const items = node.kind === 'writers' ? node.shelves : node.heads;
  return items.reduce((sum, item) => sum + itemBytes(item), 3);
}

/** A name, at most three whole numbers, a digest, and their heads. */
const itemBytes = (item: ShelfHead | RecordHead): number =>
  'id' in item
    ? item.id.length + 3 * 9 + DIGEST_BYTES + 5
    : item.writer.length + 9 + DIGEST_BYTES + 5;

/** Reads what `path` is said to hold; 'nonsense' when it is nothing that can be in such a range. */
export function decodeNode(value: unknown, path: RangePath): RangeNode | undefined | 'nonsense' {
  if (value === null) return undefined;
  if (value instanceof Uint8Array) return branchOf(value) ?? 'nonsense';
  const slash = path.indexOf('/');
  if (slash === -1) {
    const shelves = decodeShelves(value, LEAF_ITEMS);
    return shelves === undefined ? 'nonsense' : { kind: 'writers', shelves };
  }
  if (!Array.isArray(value) || value.length > LEAF_ITEMS) return 'nonsense';
  const writer = path.slice(0, slash);
  const heads = value.map((item: unknown) => headOf(item, writer));
  return isWhole(heads) ? { kind: 'records', heads } : 'nonsense';
}

const isWhole = <T>(items: readonly (T | undefined)[]): items is readonly T[] =>
  !items.includes(undefined);

function branchOf(bytes: Uint8Array): RangeNode | undefined {
  if (bytes.length !== FAN_OUT * DIGEST_BYTES) return undefined;
  const all = hex(bytes);
  const digests = Array.from({ length: FAN_OUT }, (_, digit) =>
    all.slice(digit * SHORT_DIGEST_DIGITS, (digit + 1) * SHORT_DIGEST_DIGITS),
  );
  return { kind: 'branch', digests: digests.map((digest) => (digest === NOTHING ? '' : digest)) };
}

function shelfOf(item: unknown): ShelfHead | undefined {
  if (!Array.isArray(item) || item.length !== 3) return undefined;
  const [writer, epoch, bytes]: readonly unknown[] = item;
  const digest = digestText(bytes);
  if (typeof writer !== 'string' || !isDnsLabel(writer)) return undefined;
  if (!isCount(epoch) || digest === undefined) return undefined;
  return { writer: writer as NodeName, epoch, digest }; // a label, as just seen
}

function headOf(item: unknown, writer: string): RecordHead | undefined {
  if (!Array.isArray(item) || item.length !== 5) return undefined;
  const [name, epoch, boot, n, bytes]: readonly unknown[] = item;
  const hash = digestText(bytes);
  if (typeof name !== 'string' || hash === undefined || !isName(name)) return undefined;
  if (!isCount(epoch) || !isCount(boot) || !isCount(n)) return undefined;
  return { id: `${writer}/${name}`, sequence: { epoch, boot, n }, hash };
}

/** Is this `<writer>/<kind>/<key>`? */
export function isRecordId(text: string): boolean {
  const slash = text.indexOf('/');
  return slash !== -1 && isDnsLabel(text.slice(0, slash)) && isName(text.slice(slash + 1));
}

function isName(name: string): boolean {
  const slash = name.indexOf('/');
  return slash !== -1 && isRecordName(name.slice(0, slash), name.slice(slash + 1));
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

import { sha256Hex } from '../crypto/index.ts';
import type { EpochMs } from '../ports/index.ts';

/** How many children a branch has: one for each hexadecimal digit. */
export const FAN_OUT = 16;
/** More items than this, and a leaf becomes a branch; as many or fewer, and a branch becomes a leaf. */
export const LEAF_ITEMS = 16;

/** SHA-256 of a name as 64 hexadecimal digits: where what has that name stands in each tree that holds it. */
export type Place = string;

/** Names whose places are remembered, until there are more: those of a large mesh, which are looked up again and again. */
const MAX_REMEMBERED = 65_536;

const remembered = new Map<string, Place>();

export function placeOf(name: string): Place {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const place = sha256Hex(new TextEncoder().encode(name));
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(name, place);
  return place;
}

/** What a tree may hold: a record, or all that one writer says. */
export interface TreeItem {
  readonly place: Place;
  /** One line, asked for when a digest is: equal lines, equal items. */
  readonly line: string;
  /** For how many records it stands, and how many bytes they have as they travel. */
  readonly count: number;
  readonly bytes: number;
  /** When the first of it ends. */
  readonly expiresAt: EpochMs;
}

/** All items of a tree whose places begin with the same digits; never changed. */
export type Subtree<Item extends TreeItem> = Branch<Item> | Leaf<Item>;

/** At most {@link LEAF_ITEMS} items, in the order of their places. */
export class Leaf<Item extends TreeItem> {
  readonly items: readonly Item[];
  readonly count: number;
  readonly bytes: number;
  readonly expiresAt: EpochMs;
  #digest: string | undefined;

  constructor(items: readonly Item[]) {
    let count = 0;
    let bytes = 0;
    let expiresAt = Number.POSITIVE_INFINITY;
    for (const item of items) {
      count += item.count;
      bytes += item.bytes;
      if (item.expiresAt < expiresAt) expiresAt = item.expiresAt;
    }
    this.items = items;
    this.count = count;
    this.bytes = bytes;
    this.expiresAt = expiresAt;
  }

  get kind(): 'leaf' {
    return 'leaf';
  }

  get size(): number {
    return this.items.length;
  }

  /** SHA-256 in hex over the lines of its items; computed when it is asked for, once. */
  get digest(): string {
    this.#digest ??= digestOf(`leaf\n${this.items.map(({ line }) => line).join('\n')}`);
    return this.#digest;
  }
}

/** More than {@link LEAF_ITEMS} items, by the next digit of their places. */
export class Branch<Item extends TreeItem> {
  /** {@link FAN_OUT} of them, undefined where nothing is. */
  readonly children: readonly (Subtree<Item> | undefined)[];
  /** How many items. */
  readonly size: number;
  readonly count: number;
  readonly bytes: number;
  readonly expiresAt: EpochMs;
  #digest: string | undefined;

  constructor(children: readonly (Subtree<Item> | undefined)[]) {
    let size = 0;
    let count = 0;
    let bytes = 0;
    let expiresAt = Number.POSITIVE_INFINITY;
    for (const child of children) {
      if (child === undefined) continue;
      size += child.size;
      count += child.count;
      bytes += child.bytes;
      if (child.expiresAt < expiresAt) expiresAt = child.expiresAt;
    }
    this.children = children;
    this.size = size;
    this.count = count;
    this.bytes = bytes;
    this.expiresAt = expiresAt;
  }

  get kind(): 'branch' {
    return 'branch';
  }

  /** SHA-256 in hex over the digests of its children; computed when it is asked for, once. */
  get digest(): string {
    this.#digest ??= digestOf(
      `branch\n${this.children.map((child) => child?.digest ?? '-').join('\n')}`,
    );
    return this.#digest;
  }

  /** The same with another child. */
  with(digit: number, child: Subtree<Item> | undefined): Branch<Item> {
    const children = this.children.slice();
    children[digit] = child;
    return new Branch(children);
  }
}

const digestOf = (text: string): string => sha256Hex(new TextEncoder().encode(text));

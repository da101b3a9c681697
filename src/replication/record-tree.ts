import type { EpochMs } from '../ports/index.ts';
import {
  Branch,
  FAN_OUT,
  LEAF_ITEMS,
  Leaf,
  type Place,
  type Subtree,
  type TreeItem,
} from './subtree.ts';

/**
 * A set of items by name, as one immutable value: a hash trie over the digits of SHA-256 of the names. Its shape
 * is a function of the set alone, so equal sets have equal digests however they came about, and two members that
 * differ find what differs by descending only where digests do. A changed tree shares with the one it was made
 * from all but the path to the change, so keeping an old one costs next to nothing.
 *
 * The names are hashed because writers choose them: nobody can make the tree deep without inverting SHA-256.
 */
export class RecordTree<Item extends TreeItem> {
  readonly #root: Subtree<Item>;

  private constructor(root: Subtree<Item>) {
    this.#root = root;
  }

  static of<Item extends TreeItem>(items: readonly Item[] = []): RecordTree<Item> {
    let root: Subtree<Item> = new Leaf([]);
    for (const item of items) root = inserted(root, item, 0);
    return new RecordTree(root);
  }

  /** SHA-256 in hex: equal digest, equal items. */
  get digest(): string {
    return this.#root.digest;
  }

  /** How many items. */
  get size(): number {
    return this.#root.size;
  }

  /** For how many records they stand. */
  get count(): number {
    return this.#root.count;
  }

  get bytes(): number {
    return this.#root.bytes;
  }

  /** When the first of it ends; infinite in an empty tree. */
  get expiresAt(): EpochMs {
    return this.#root.expiresAt;
  }

  get(place: Place): Item | undefined {
    let node = this.#root;
    for (let depth = 0; node.kind === 'branch'; depth++) {
      const child = node.children[digitAt(place, depth)];
      if (child === undefined) return undefined;
      node = child;
    }
    return node.items.find((item) => item.place === place);
  }

  /** With this item, in place of the one that has its place now. */
  with(item: Item): RecordTree<Item> {
    const root = inserted(this.#root, item, 0);
    return root === this.#root ? this : new RecordTree(root);
  }

  /** Without what stands at a place. */
  without(place: Place): RecordTree<Item> {
    const root = removed(this.#root, place, 0);
    return root === this.#root ? this : new RecordTree(root ?? new Leaf([]));
  }

  /**
   * All items whose places begin with `path` (hexadecimal digits, the empty one is the whole tree) as a subtree;
   * undefined when there are none. Its digest is that of these items in any tree, though in another they may be
   * a branch where here they are part of a leaf.
   */
  at(path: string): Subtree<Item> | undefined {
    let node = this.#root;
    for (let depth = 0; depth < path.length && node.kind === 'branch'; depth++) {
      const child = node.children[digitAt(path, depth)];
      if (child === undefined) return undefined;
      node = child;
    }
    if (node.kind === 'branch') return node;
    const within = node.items.filter(({ place }) => place.startsWith(path));
    if (within.length === node.size && within.length > 0) return node;
    return within.length === 0 ? undefined : new Leaf(within);
  }

  /** The one whose place is last. */
  get last(): Item | undefined {
    let node: Subtree<Item> | undefined = this.#root;
    while (node?.kind === 'branch') node = node.children.findLast((child) => child !== undefined);
    return node?.items.at(-1);
  }

  /** All items in the order of their places. */
  items(): readonly Item[] {
    return itemsOf(this.#root);
  }

  /** The same, behind what is in a list already. */
  gather(into: Item[]): void {
    gather(this.#root, into);
  }

  /** Those that end, or of which something ends, at `now` or before. Looks only where there are any. */
  due(now: EpochMs): readonly Item[] {
    const due: Item[] = [];
    gatherDue(this.#root, now, due);
    return due;
  }
}

function itemsOf<Item extends TreeItem>(node: Subtree<Item>): readonly Item[] {
  if (node.kind === 'leaf') return node.items;
  const items: Item[] = [];
  gather(node, items);
  return items;
}

function gather<Item extends TreeItem>(node: Subtree<Item>, into: Item[]): void {
  if (node.kind === 'leaf') {
    for (const item of node.items) into.push(item);
    return;
  }
  for (const child of node.children) if (child !== undefined) gather(child, into);
}

function gatherDue<Item extends TreeItem>(node: Subtree<Item>, now: EpochMs, due: Item[]): void {
  if (node.expiresAt > now) return;
  if (node.kind === 'branch') {
    for (const child of node.children) if (child !== undefined) gatherDue(child, now, due);
    return;
  }
  for (const item of node.items) if (item.expiresAt <= now) due.push(item);
}

/** `node`, whose places share their first `depth` digits, with `item`. */
function inserted<Item extends TreeItem>(
  node: Subtree<Item> | undefined,
  item: Item,
  depth: number,
): Subtree<Item> {
  if (node === undefined) return new Leaf([item]);
  if (node.kind === 'leaf') return grown(node, item, depth);
  const digit = digitAt(item.place, depth);
  const child = node.children[digit];
  const next = inserted(child, item, depth + 1);
  return next === child ? node : node.with(digit, next);
}

function grown<Item extends TreeItem>(leaf: Leaf<Item>, item: Item, depth: number): Subtree<Item> {
  const { items } = leaf;
  let at = 0;
  while (at < items.length && (items[at]?.place ?? '') < item.place) at++;
  const there = items[at];
  if (there === item) return leaf;
  const isThere = there?.place === item.place;
  return noLargerThanALeaf(items.toSpliced(at, isThere ? 1 : 0, item), depth);
}

/** Items in the order of their places, as a leaf while they fit into one. */
function noLargerThanALeaf<Item extends TreeItem>(
  items: readonly Item[],
  depth: number,
): Subtree<Item> {
  if (items.length <= LEAF_ITEMS) return new Leaf(items);
  const groups: Item[][] = Array.from({ length: FAN_OUT }, () => []);
  for (const item of items) groups[digitAt(item.place, depth)]?.push(item);
  return new Branch(
    groups.map((group) => (group.length === 0 ? undefined : noLargerThanALeaf(group, depth + 1))),
  );
}

/** `node` without what stands at `place`; undefined when nothing is left. */
function removed<Item extends TreeItem>(
  node: Subtree<Item>,
  place: Place,
  depth: number,
): Subtree<Item> | undefined {
  if (node.kind === 'leaf') {
    const items = node.items.filter((item) => item.place !== place);
    if (items.length === node.size) return node;
    return items.length === 0 ? undefined : new Leaf(items);
  }
  const digit = digitAt(place, depth);
  const child = node.children[digit];
  if (child === undefined) return node;
  const next = removed(child, place, depth + 1);
  if (next === child) return node;
  const smaller = node.with(digit, next);
  return smaller.size > LEAF_ITEMS ? smaller : new Leaf(itemsOf(smaller));
}

/** The value of one hexadecimal digit in lower case; of anything else, a number that no child has. */
function digitAt(place: string, depth: number): number {
  const code = place.charCodeAt(depth);
  return code <= 57 ? code - 48 : code - 87; // '0' to '9', and 'a' to 'f' as 10 to 15
}

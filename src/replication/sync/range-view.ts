import type { RecordIndex } from '../record-index.ts';
import { partsOf, type RangeNode, type RangePath, shortened } from './range.ts';

/** The digest of what is held in a range, shortened; '' when nothing is. */
export function digestAt(index: RecordIndex, path: RangePath): string {
  return shortened(subtreeAt(index, path)?.digest ?? '');
}

/** What a range holds, to be told to a peer; undefined when it holds nothing. */
export function nodeAt(index: RecordIndex, path: RangePath): RangeNode | undefined {
  const { writer, digits } = partsOf(path) ?? {};
  if (digits === undefined) return undefined;
  if (writer !== undefined) {
    const node = index.shelf(writer)?.records.at(digits);
    if (node?.kind !== 'leaf') return branch(node);
    return { kind: 'records', heads: node.items };
  }
  const node = index.writers.at(digits);
  if (node?.kind !== 'leaf') return branch(node);
  const shelves = node.items.map(({ writer: of, epoch, records }) => {
    return { writer: of, epoch, digest: shortened(records.digest) };
  });
  return { kind: 'writers', shelves };
}

function subtreeAt(index: RecordIndex, path: RangePath): { readonly digest: string } | undefined {
  const { writer, digits } = partsOf(path) ?? {};
  if (digits === undefined) return undefined;
  return writer === undefined ? index.writers.at(digits) : index.shelf(writer)?.records.at(digits);
}

interface Branching {
  readonly children: readonly ({ readonly digest: string } | undefined)[];
}

const branch = (node: Branching | undefined): RangeNode | undefined =>
  node && {
    kind: 'branch',
    digests: node.children.map((child) => shortened(child?.digest ?? '')),
  };

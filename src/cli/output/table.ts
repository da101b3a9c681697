import CliTable from 'cli-table3';
import { wrapped } from './wrapped.ts';

/** One column of a table: its heading, and what stands in it for each item. */
export interface Column<Item> {
  readonly heading: string;
  readonly cell: (item: Item) => string;
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** Lines with aligned columns and no borders: the heading first, then one for each item. */
export function tableLines<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
): string[] {
  const table = new CliTable({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(columns.map(({ heading }) => heading));
  for (const item of items) table.push(columns.map(({ cell }) => printable(cell(item))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/**
 * A table of as many columns as fit into `width` characters, the first at least. What the others say of an item stands
 * below its row, as `HEADING: value`, as far as there is something to say.
 */
export function fittedLines<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  let shown = columns.length;
  let table = tableLines(items, columns);
  while (shown > 1 && table.some((line) => line.length > width)) {
    shown -= 1;
    table = tableLines(items, columns.slice(0, shown));
  }
  const below = columns.slice(shown);
  const [heading = '', ...rows] = table;
  return [
    heading,
    ...items.flatMap((item, index) => [rows[index] ?? '', ...filled(saidOf(item, below), width)]),
  ];
}

function saidOf<Item>(item: Item, columns: readonly Column<Item>[]): string[] {
  const said = columns.map(({ heading, cell }) => ({ heading, value: printable(cell(item)) }));
  return said.flatMap(({ heading, value }) => (value === NOTHING ? [] : `${heading}: ${value}`));
}

/** Indented lines with as many of `texts` in each as fit into `width`, one at least. */
function filled(texts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    const longer = `${last}  ${text}`;
    if (last !== undefined && longer.length <= width) lines.splice(-1, 1, longer);
    else lines.push(...wrapped(`  ${text}`, width));
  }
  return lines;
}

/** What stands in a cell that has nothing to say. */
const NOTHING = '-';

/** Text from other nodes cannot move the cursor, turn the direction of writing or pretend to be another line. */
const printable = (text: string): string => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '�');

import CliTable from 'cli-table3';

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

/** Text from other nodes cannot move the cursor or pretend to be another line. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '�');

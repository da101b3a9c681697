import { stringify } from 'yaml';
import type { Terminal } from '../../platform/index.ts';
import { formatData, type OutputFormat } from './format.ts';
import { type Column, fittedLines, tableLines } from './table.ts';

/** How the items of one kind are shown. */
export interface Listing<Item> {
  readonly columns: readonly Column<Item>[];
  readonly identify: (item: Item) => string;
  /** Said when there are none: what to do next. */
  readonly empty: string;
}

/** Shows a list that may be shown again when it changed. */
export interface Drawing<Item> {
  draw(list: { readonly items: readonly Item[] }): void;
}

/** Puts the cursor in the corner and clears what is below it (ECMA-48 CUP, ED). */
const CLEAR_SCREEN = '\u001b[H\u001b[2J';

/** Prints a list once. */
export function printList<Item>(
  terminal: Terminal,
  format: OutputFormat,
  listing: Listing<Item>,
): Drawing<Item> {
  return {
    draw(list) {
      if (format !== 'table') terminal.write(formatData(list, format));
      else if (list.items.length === 0) terminal.writeError(`${listing.empty}\n`);
      else terminal.write(joined(fittedLines(list.items, listing.columns, terminal.columns)));
    },
  };
}

/**
 * Prints a list each time that it is another one: on a terminal the table is redrawn in its place,
 * elsewhere the rows that changed are appended, and data comes as one document for each change.
 */
export function redrawList<Item>(
  terminal: Terminal,
  format: OutputFormat,
  listing: Listing<Item>,
): Drawing<Item> {
  const inner = chooseRedraw(terminal, format, listing);
  let drawn: string | undefined;
  return {
    draw(list) {
      const content = JSON.stringify(list);
      if (content === drawn) return;
      drawn = content;
      inner.draw(list);
    },
  };
}

/**
 * The same for what is no list: its lines are redrawn in their place on a terminal, and come one after the other
 * elsewhere.
 */
export function redrawView<View>(
  terminal: Terminal,
  format: OutputFormat,
  linesOf: (view: View) => readonly string[],
): { draw(view: View): void } {
  let drawn: string | undefined;
  const shown = (view: View): string => {
    if (format === 'json') return `${JSON.stringify(view)}\n`;
    if (format === 'yaml') return `---\n${stringify(view)}`;
    return (terminal.interactive ? CLEAR_SCREEN : '') + joined(linesOf(view));
  };
  return {
    draw(view) {
      const text = shown(view);
      if (text !== drawn) terminal.write(text);
      drawn = text;
    },
  };
}

function chooseRedraw<Item>(
  terminal: Terminal,
  format: OutputFormat,
  listing: Listing<Item>,
): Drawing<Item> {
  if (format === 'json') return { draw: (list) => terminal.write(`${JSON.stringify(list)}\n`) };
  if (format === 'yaml') return { draw: (list) => terminal.write(`---\n${stringify(list)}`) };
  return terminal.interactive ? inPlace(terminal, listing) : appending(terminal, listing);
}

const inPlace = <Item>(terminal: Terminal, { columns, empty }: Listing<Item>): Drawing<Item> => ({
  draw({ items }) {
    const lines = items.length === 0 ? [empty] : fittedLines(items, columns, terminal.columns);
    terminal.write(CLEAR_SCREEN + joined(lines));
  },
});

function appending<Item>(terminal: Terminal, listing: Listing<Item>): Drawing<Item> {
  const { columns, identify, empty } = listing;
  let before: ReadonlyMap<string, string> | undefined;
  return {
    draw({ items }) {
      const [heading = '', ...rows] = tableLines(items, columns);
      const now = new Map(items.map((item, index) => [identify(item), rows[index] ?? '']));
      const seen = before ?? new Map<string, string>();
      if (before === undefined) terminal.write(joined([items.length === 0 ? empty : heading]));
      const gone = [...seen].filter(([id]) => !now.has(id)).map(([, row]) => `${row}  (gone)`);
      const changed = [...now].filter(([id, row]) => seen.get(id) !== row).map(([, row]) => row);
      terminal.write(joined([...gone, ...changed]));
      before = now;
    },
  };
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

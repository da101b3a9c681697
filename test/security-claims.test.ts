import { expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What SECURITY.md claims of whatever can be stolen is what tests hold: the page between them is checked here. */
const root = resolve(import.meta.dir, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const PAGE = 'docs/reference/security-claims.md';
const CELLS = ['can', 'cannot', 'ends'] as const;

interface NamedTest {
  readonly path: string;
  readonly name: string;
}

interface Claim {
  /** `row / cell: claim` */
  readonly place: string;
  readonly tests: readonly NamedTest[];
}

/** The claims of the page, in its order. */
function claimsOf(page: string): readonly Claim[] {
  const claims: { place: string; tests: NamedTest[] }[] = [];
  let [row, cell] = ['', ''];
  for (const line of page.split('\n')) {
    const [, mark, text = ''] = /^(###|##|-) (.*)$/.exec(line) ?? [];
    const named = /^ {2}- \[([^\]]+)\]\(\.\.\/\.\.\/([^)]+)\): (.+)$/.exec(line);
    if (named !== null) {
      const [, path = '', target, name = ''] = named;
      expect(target).toBe(path);
      claims.at(-1)?.tests.push({ path, name });
    } else if (mark === '##') row = text;
    else if (mark === '###') cell = text;
    else if (mark === '-') claims.push({ place: `${row} / ${cell}: ${text}`, tests: [] });
  }
  return claims;
}

/** The claims of the rows of SECURITY.md that the page has, in their order. */
function claimsOfTable(rows: ReadonlySet<string>): readonly string[] {
  const lines = read('SECURITY.md').split('\n');
  return lines.flatMap((line) => {
    const [row = '', ...cells] = line.replace(/^\| | \|$/g, '').split(' | ');
    if (!line.startsWith('| ') || !rows.has(row)) return [];
    return CELLS.flatMap((cell, index) =>
      (cells[index] ?? '').split('; ').map((claim) => `${row} / ${cell}: ${claim}`),
    );
  });
}

/** Does the file run a test of this name, and not skip it? */
function isTested({ path, name }: NamedTest): boolean {
  if (!existsSync(join(root, path))) return false;
  const source = read(path);
  return ["'", '"', '`'].some((quote) => {
    const at = source.indexOf(`${quote}${name}${quote}`);
    return at >= 0 && /\btest\(\s*$/.test(source.slice(0, at));
  });
}

const claims = claimsOf(read(PAGE));

test('the rows of SECURITY.md on processes, hosts and keys claim what stands with its tests, and no more', () => {
  const rows = new Set(claims.map(({ place }) => place.split(' / ')[0] ?? ''));
  expect(rows.size).toBe(6);
  expect(claimsOfTable(rows)).toEqual(claims.map(({ place }) => place));
});

test('every claim names a test, and every test that is named is run', () => {
  const untested = claims.filter(({ tests }) => tests.length === 0).map(({ place }) => place);
  expect(untested).toEqual([]);
  const missing = claims.flatMap(({ tests }) => tests).filter((named) => !isTested(named));
  expect(missing).toEqual([]);
});

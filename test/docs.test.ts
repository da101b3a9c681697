import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dir, '..');
const below = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join(folder, path));
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...below('docs'),
  ...below('examples'),
];
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const withoutFences = (text: string): string => text.replaceAll(/^```[\s\S]*?^```$/gm, '');

/** Targets of the links of a page that lead into the repository, from its root. */
const linksOf = (page: string): string[] =>
  [...withoutFences(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^(https?:|mailto:|#)/.test(target))
    .map((target) => join(dirname(page), target.replace(/#.*$/, '')));

test('every link of a page leads somewhere', () => {
  const dead = pages.flatMap((page) =>
    linksOf(page)
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(dead).toEqual([]);
});

test('the index of docs leads to every page below it', () => {
  const linked = new Set(linksOf('docs/README.md'));
  const missing = below('docs').filter((page) => page !== 'docs/README.md' && !linked.has(page));
  expect(missing).toEqual([]);
});

test('decisions are numbered without a gap, and titled by their number', () => {
  const names = readdirSync(join(root, 'docs/decisions')).sort();
  const wrong = names.filter((name, index) => {
    const number = String(index + 1);
    const title = read(join('docs/decisions', name)).split('\n')[0];
    return !name.startsWith(`${number.padStart(4, '0')}-`) || !title?.startsWith(`# ${number}. `);
  });
  expect(wrong).toEqual([]);
});

test('every warning of the operations guide is one that status gives', () => {
  const guide = read('docs/guides/operations.md');
  const source = [
    'node/status-report',
    'node/workload-warnings',
    'node/member-warnings',
    'node/conflict-warnings',
    'node/watched-state',
    'node/evidence-list',
    'node/freshness',
    'node/role-dates',
    'node/issuance',
    'node/identity-countdown',
    'governance/authority-end',
  ]
    .map((name) => read(`src/${name}.ts`))
    .join();
  const [, table = ''] = /\| warning \|[^\n]*\n[^\n]*\n((?:\|[^\n]*\n)+)/.exec(guide) ?? [];
  const warnings = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, text = '']) => text);
  expect(warnings.length).toBeGreaterThan(5);
  const unknown = warnings.filter((warning) =>
    piecesOf(warning).some((piece) => !source.includes(piece)),
  );
  expect(unknown).toEqual([]);
});

/** What of a warning stands in the code word for word: what it is about may be put in front. */
const piecesOf = (warning: string): string[] =>
  warning
    .split('…')
    .map((piece) => piece.trim())
    .flatMap((piece) =>
      piece.split(/(?<=credential|timestamp|\(root\)|list) (?=ends in|has ended)/),
    )
    .filter((piece) => piece.length > 3);

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('.test.') && !path.includes('/testing/'))
  .map((path) => readFileSync(join(root, 'src', path), 'utf8'))
  .join('\n');
const architecture = read('ARCHITECTURE.md');

test('ARCHITECTURE.md names every topic and protocol of the members, and no other', () => {
  const namesIn = (text: string, quote: string): string[] => {
    const names = text.matchAll(new RegExp(`${quote}(/?selvage/[a-z-]+/\\d+)${quote}`, 'g'));
    return [...new Set([...names].map(([, name = '']) => name))].sort();
  };
  expect(namesIn(architecture, '`')).toEqual(namesIn(sources, "'"));
});

test('ARCHITECTURE.md has a line for every room', () => {
  const rooms = [...architecture.matchAll(/^\| \d+ \| (.+?) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name),
  );
  expect(rooms.sort()).toEqual(readdirSync(join(root, 'src')).sort());
});

test('pages name no path of the machine that they were written on', () => {
  const bad = pages.filter((page) => /\/(work|home|root)\//.test(read(page)));
  expect(bad.map((page) => relative(root, join(root, page)))).toEqual([]);
});

import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { malformations } from './http/refusal.ts';
import { replyReasons } from './http/reply.ts';

const reference = (page: string) =>
  readFileSync(resolve(import.meta.dir, '../../docs/reference', page), 'utf8');

test('docs/reference/protocols.md lists every reason that a client can see, and no other', () => {
  const page = reference('protocols.md');
  const rows = [...page.matchAll(/^\| (\d{3}) \| (.*?) \|/gm)];
  const listed = rows.flatMap(([, status, names]) =>
    [...(names ?? '').matchAll(/`([a-z-]+)`/g)].map((name) => `${status} ${name[1]}`),
  );
  const inCode = new Set<string>([...Object.keys(malformations), ...replyReasons]);
  inCode.delete('bad-status-line'); // of answers alone
  expect(new Set(listed.map((line) => line.slice(4)))).toEqual(inCode);
  for (const [name, status] of Object.entries(malformations)) {
    if (name !== 'bad-status-line') expect(listed).toContain(`${status} ${name}`);
  }
});

test('every limit that docs/reference/protocols.md names is one', () => {
  const [, after = ''] = reference('protocols.md').split('\n## Limits\n');
  const [section = ''] = after.split('\n## ');
  const named = [...section.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name);
  const limits = reference('limits.md');
  expect(named.length).toBeGreaterThan(25);
  expect(named.filter((name) => !limits.includes(`| \`${name}\` |`))).toEqual([]);
});

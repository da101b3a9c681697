import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { malformations } from './http/refusal.ts';
import { replyReasons } from './http/reply.ts';

test('docs/reference/protocols.md lists every reason that a client can see, and no other', () => {
  const page = readFileSync(resolve(import.meta.dir, '../../docs/reference/protocols.md'), 'utf8');
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

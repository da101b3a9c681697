import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedPages } from '../scripts/generated-pages.ts';

const root = join(import.meta.dir, '..');

for (const [path, text] of await generatedPages()) {
  test(`${path} says what the code does; if not, run 'npm run docs'`, () => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });
}

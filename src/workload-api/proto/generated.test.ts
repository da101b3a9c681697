import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedProtos } from '../../../scripts/protos.ts';

test('the code of the definitions is what npm run protos makes of them', () => {
  const made = generatedProtos();
  expect(made.size).toBeGreaterThan(0);
  for (const [name, text] of made) {
    expect([name, readFileSync(join(import.meta.dir, name), 'utf8')]).toEqual([name, text]);
  }
});

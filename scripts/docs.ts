// Writes the generated pages of docs/reference anew: `npm run docs`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedPages } from './generated-pages.ts';

for (const [path, text] of await generatedPages()) {
  writeFileSync(join(import.meta.dir, '..', path), text);
  console.log(`docs: ${path}`);
}

// Makes the single executable dist/selvage: Bun, the program and its libraries in one file.
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, runBun } from './bun.mjs';

const outfile = join(root, 'dist', 'selvage');

mkdirSync(dirname(outfile), { recursive: true });
const code = runBun([join(root, 'scripts', 'executable.ts'), outfile], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (code !== 0) {
  console.error('build: the executable could not be made, see above');
  process.exit(1);
}
const megabytes = Math.round(statSync(outfile).size / 1e6);
console.log(`build: dist/selvage, ${megabytes} MB`);

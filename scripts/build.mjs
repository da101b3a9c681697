// Makes the single executable dist/selvage: Bun, the program and its libraries in one file.
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outfile = join(root, 'dist', 'selvage');

mkdirSync(dirname(outfile), { recursive: true });
const { status, error } = spawnSync(
  join(root, 'node_modules', '.bin', 'bun'),
  ['build', '--compile', '--sourcemap=inline', join(root, 'src/cli/main.ts'), '--outfile', outfile],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
);
if (status !== 0) {
  console.error(
    `build: bun build failed${error === undefined ? ', see above' : `: ${error.message}`}`,
  );
  process.exit(1);
}
const megabytes = Math.round(statSync(outfile).size / 1e6);
console.log(`build: dist/selvage, ${megabytes} MB`);

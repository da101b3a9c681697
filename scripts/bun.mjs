// Finds the Bun that npm installed. Run as a program, it starts that Bun: node scripts/bun.mjs FILE.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Path of a Bun that starts, or undefined. `node_modules/.bin/bun` is not asked: where install scripts
 * are switched off it is a stub that fails, while the platform's own package beside it works.
 */
export function findBun() {
  const vendor = join(root, 'node_modules', '@oven');
  const platforms = existsSync(vendor) ? readdirSync(vendor) : [];
  return platforms
    .map((name) => join(vendor, name, 'bin', 'bun'))
    .concat(join(root, 'node_modules', 'bun', 'bin', 'bun.exe'))
    .find((path) => existsSync(path) && spawnSync(path, ['--version']).status === 0);
}

/** Runs Bun with its output passed through, and gives its exit code. */
export function runBun(args, options = {}) {
  const bun = findBun();
  if (bun === undefined) {
    console.error('there is no Bun in node_modules that starts\n  try: npm run setup');
    return 1;
  }
  return spawnSync(bun, args, { cwd: root, stdio: 'inherit', ...options }).status ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = runBun(process.argv.slice(2));
}

import { join } from 'node:path';

const ROOT = join(import.meta.dir, '..');

/** Path of the single executable, which is what hosts run: made now, so that it is never older than the sources. */
export async function builtExecutable(): Promise<string> {
  const build = Bun.spawn(['node', join(ROOT, 'scripts', 'build.mjs')], { stdout: 'ignore' });
  if ((await build.exited) !== 0) throw new Error('the single executable cannot be built');
  return join(ROOT, 'dist', 'selvage');
}

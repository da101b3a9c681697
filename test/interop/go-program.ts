import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCES = join(import.meta.dir, 'go');
/** Where Go lies that is not on PATH. */
const USUAL_PLACE = '/usr/local/go/bin/go';
/** For libraries that are not there yet, and a compiler that has none of them in its cache. */
const BUILD_LIMIT_MS = 180_000;

/**
 * The program of `go/`, built; undefined, with a line that says why, where there is no Go, or its
 * libraries are not to be had.
 */
export async function buildGoProgram(): Promise<string | undefined> {
  const go = Bun.which('go') ?? Bun.which(USUAL_PLACE);
  if (go === null) return skip('there is no Go on this machine');
  const program = join(mkdtempSync(join(tmpdir(), 'selvage-interop-')), 'interop');
  const build = Bun.spawn([go, 'build', '-o', program, '.'], {
    cwd: SOURCES,
    stdout: 'ignore',
    stderr: 'pipe',
    timeout: BUILD_LIMIT_MS,
    env: { ...process.env, CGO_ENABLED: '0' },
  });
  const [code, errors] = await Promise.all([build.exited, new Response(build.stderr).text()]);
  return code === 0 ? program : skip(`go build ended with ${code}: ${errors.slice(0, 500)}`);
}

function skip(why: string): undefined {
  console.warn(`interop with go-spiffe is skipped: ${why}`);
}

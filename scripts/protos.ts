// Writes the code of the protocol buffers' definitions: npm run protos. It is committed; a test compares.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dir, '..');
const definitions = join(root, 'src', 'workload-api', 'proto');

function run(tool: string, args: readonly string[]): void {
  const bin = join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const { status, stderr, error } = spawnSync(join(bin, tool), args, { cwd: root, env });
  if (status !== 0) throw new Error(`${tool} failed: ${error?.message ?? stderr.toString()}`);
}

/** The files that belong beside the definitions, by name: as buf makes them, named and laid out as all others here. */
export function generatedProtos(): ReadonlyMap<string, string> {
  const out = mkdtempSync(join(tmpdir(), 'selvage-protos-'));
  try {
    const opt = ['target=ts', 'import_extension=ts'];
    const plugins = [{ local: 'protoc-gen-es', out, opt }];
    run('buf', ['generate', definitions, '--template', JSON.stringify({ version: 'v2', plugins })]);
    for (const made of readdirSync(out)) {
      const text = readFileSync(join(out, made), 'utf8').replaceAll(/_pb\.ts"/g, '.ts"');
      rmSync(join(out, made));
      writeFileSync(join(out, made.replace('_pb', '')), text);
    }
    run('biome', ['check', '--write', '--vcs-enabled=false', `--config-path=${root}`, out]);
    return new Map(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]));
  } finally {
    rmSync(out, { recursive: true });
  }
}

if (import.meta.main) {
  for (const [name, text] of generatedProtos()) writeFileSync(join(definitions, name), text);
}

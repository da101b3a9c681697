// Makes the single executable at the path that it is given; scripts/build.mjs runs it by Bun.
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import type { BunPlugin } from 'bun';

const [outfile = join('dist', 'selvage')] = process.argv.slice(2);
let isWithoutWasm = false;
let isCedarPacked = false;

/**
 * noise loads ciphers in WebAssembly beside those that it is handed, 3 MB of every node that nothing calls. Its own
 * form for browsers has none.
 */
const noiseWithoutWasm: BunPlugin = {
  name: 'noise without WebAssembly',
  setup(build) {
    build.onResolve({ filter: /^\.\/crypto\/index\.js$/ }, ({ importer }) => {
      if (!importer.includes('/libp2p-noise/')) return undefined;
      isWithoutWasm = true;
      return { path: Bun.resolveSync('./crypto/index.browser.js', dirname(importer)) };
    });
  },
};

/**
 * What a process reads of its executable stays resident, and a node reads Cedar's module for each change of policies: packed,
 * it is 3 MB less.
 */
const packedCedar: BunPlugin = {
  name: 'packed Cedar',
  setup(build) {
    build.onLoad({ filter: /cedar_wasm_bg\.wasm$/ }, async ({ path }) => {
      isCedarPacked = true;
      return { contents: zstdCompressSync(await Bun.file(path).bytes()), loader: 'file' };
    });
  },
};

await Bun.build({
  entrypoints: [join(import.meta.dir, '..', 'src', 'cli', 'main.ts')],
  compile: { outfile },
  target: 'bun',
  format: 'esm',
  // In pieces, so that a process loads those that it runs only: it spares a sidecar 10 MB.
  splitting: true,
  // Read by the compiler here, not at each start: a command takes half the processor time, a node two thirds, and 5 MB less.
  bytecode: true,
  sourcemap: 'inline',
  plugins: [noiseWithoutWasm, packedCedar],
});
if (!isWithoutWasm) throw new Error('noise was not found where its WebAssembly could be left out');
if (!isCedarPacked) throw new Error('Cedar was not found where it could be packed');

// Makes the single executable at the path that it is given; scripts/build.mjs runs it by Bun.
import { dirname, join } from 'node:path';
import type { BunPlugin } from 'bun';

const [outfile = join('dist', 'selvage')] = process.argv.slice(2);
let isWithoutWasm = false;

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
  plugins: [noiseWithoutWasm],
});
if (!isWithoutWasm) throw new Error('noise was not found where its WebAssembly could be left out');

import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
// By their paths: what the package exports starts its module by itself, once and for ever.
import * as functions from '../../node_modules/@cedar-policy/cedar-wasm/esm/cedar_wasm_bg.js';
// `type: 'file'` makes `bun build --compile` put the module into the executable, where the package's own
// loaders look for it on the disk of the machine that built it.
import * as embedded from '../../node_modules/@cedar-policy/cedar-wasm/esm/cedar_wasm_bg.wasm' with {
  type: 'file',
};

type Functions = typeof import('@cedar-policy/cedar-wasm');

/** What of the module's exports is used here. */
interface CedarExports {
  readonly memory: WebAssembly.Memory;
  __wbindgen_start(): void;
}

/** The first four bytes of a Zstandard frame (RFC 8878 section 3.1.1). */
const ZSTD_MAGIC = 0xfd2f_b528;

let running: CedarExports | undefined;

/**
 * Cedar's WASM module: hand it to the policy room's `loadCedar`. A process has one, which is in memory between
 * `start` and `end` only.
 */
export function cedarWasm() {
  return { functions: functions satisfies Functions as Functions, start, end };
}

/** Reads the file and compiles it: about 70 ms and 30 MB. @throws what a damaged file makes WebAssembly throw */
function start(): void {
  // The declaration beside the module describes its WASM exports; `type: 'file'` gives its path.
  const { default: path } = embedded as unknown as { readonly default: string };
  const module = new WebAssembly.Module(unpacked(readFileSync(path)));
  const { exports } = new WebAssembly.Instance(module, { './cedar_wasm_bg.js': { ...functions } });
  functions.__wbg_set_wasm(exports);
  running = exports as unknown as CedarExports; // as that declaration says
  running.__wbindgen_start();
}

/** The single executable holds it packed. */
const unpacked = (bytes: Buffer<ArrayBuffer>): Buffer =>
  bytes.readUInt32LE() === ZSTD_MAGIC ? zstdDecompressSync(bytes) : bytes;

/** Leaves the module, and all that was parsed in it, to the garbage collector. */
function end(): void {
  // The functions keep a view of the memory; growing detaches it, so that they look at the next one.
  running?.memory.grow(0);
  functions.__wbg_set_wasm(undefined);
  running = undefined;
}

import { readFileSync } from 'node:fs';
// By its path in the package, which exports the code only; `type: 'file'` makes `bun build --compile`
// put the module into the executable, where the package's own loaders look for it on the disk of the
// machine that built it.
import * as embedded from '../../node_modules/@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm' with {
  type: 'file',
};

/**
 * Cedar's WASM module, 4.3 MB: hand it to the policy room's `loadCedar`. Read anew at each call, since
 * nobody needs the bytes once the module is compiled.
 */
export function cedarWasm(): Uint8Array<ArrayBuffer> {
  // The declaration beside the module describes its WASM exports; `type: 'file'` gives its path.
  const { default: path } = embedded as unknown as { readonly default: string };
  return new Uint8Array(readFileSync(path));
}

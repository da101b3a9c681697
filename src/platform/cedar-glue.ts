/** The package's code between JavaScript and its WASM module; the package types only what it exports. */
declare module '*/cedar-wasm/esm/cedar_wasm_bg.js' {
  export * from '@cedar-policy/cedar-wasm';
  /** The exports of the instance that all functions here work in from now on. */
  export function __wbg_set_wasm(exports: WebAssembly.Instance['exports'] | undefined): void;
}

/** One file of the trust repository. */
export interface Target {
  /** `services/<namespace>/<name>.json`, `policies/<name>.cedar`, … */
  readonly path: string;
  readonly bytes: Uint8Array;
}

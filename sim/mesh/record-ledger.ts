import type { NodeName } from '../../src/core/index.ts';

/** Who signed which record, as only somebody sees who watches all keys. */
export class RecordLedger {
  readonly #signers = new Map<string, NodeName>();

  /** `hash` is SHA-256 of the payload, in hex. */
  signed(hash: string, by: NodeName): void {
    this.#signers.set(hash, by);
  }

  signerOf(hash: string): NodeName | undefined {
    return this.#signers.get(hash);
  }
}

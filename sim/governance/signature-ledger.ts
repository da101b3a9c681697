/** Who signed which list, as only somebody sees who looks over every shoulder. */
export class SignatureLedger {
  readonly #signers = new Map<string, Set<string>>();

  /** `digest` is SHA-256 (hex) of what is signed: a list in canonical JSON. */
  signed(digest: string, publicKey: string): void {
    const signers = this.#signers.get(digest) ?? new Set();
    this.#signers.set(digest, signers.add(publicKey));
  }

  /** How many of these keys signed it. */
  countOf(digest: string, keys: ReadonlySet<string>): number {
    return [...(this.#signers.get(digest) ?? [])].filter((key) => keys.has(key)).length;
  }
}

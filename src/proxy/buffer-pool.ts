/** Buffers of one size that connections lend each other: an idle connection holds none. */
export class BufferPool {
  readonly bufferBytes: number;
  readonly #spare: Buffer[] = [];
  readonly #maxSpare: number;

  constructor(bufferBytes: number, maxSpare: number) {
    this.bufferBytes = bufferBytes;
    this.#maxSpare = maxSpare;
  }

  borrow(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.bufferBytes);
  }

  /** One of another size is dropped. */
  giveBack(buffer: Buffer): void {
    const fits = buffer.length === this.bufferBytes && this.#spare.length < this.#maxSpare;
    if (fits) this.#spare.push(buffer);
  }
}

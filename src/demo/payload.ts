import { createCipheriv, createHash } from 'node:crypto';

const BLOCK_BYTES = 65_536;
/** The bytes are to be reproducible, not secret: lost, doubled or swapped ones must change the digest. */
const KEY = Buffer.alloc(16, 'payload');

/** `size` bytes that never repeat and are the same each time, in blocks of at most 64 KiB. */
export function* payload(size: number): Generator<Uint8Array> {
  const stream = createCipheriv('aes-128-ctr', KEY, Buffer.alloc(16));
  const zeros = Buffer.alloc(BLOCK_BYTES);
  for (let left = size; left > 0; left -= BLOCK_BYTES) {
    yield stream.update(zeros.subarray(0, Math.min(left, BLOCK_BYTES)));
  }
}

/** Counts and hashes bytes as they pass. */
export class PayloadMeter {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  take(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  /** Call once, at the end. */
  total(): PayloadTotal {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}

export interface PayloadTotal {
  readonly bytes: number;
  readonly sha256: string;
}

export function payloadTotal(size: number): PayloadTotal {
  const meter = new PayloadMeter();
  for (const block of payload(size)) meter.take(block);
  return meter.total();
}

import { err, ok, type Result } from './result.ts';

const HEADER_BYTES = 4;

/** One message on a stream: its length as a big-endian u32, then its bytes. */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/**
 * Cuts a byte stream into the frames of {@link encodeFrame}. Holds at most one unfinished frame of
 * at most `maxBytes`; a longer one is an error at once, from its header alone.
 */
export class FrameReader {
  #maxBytes: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFilled = 0;
  #body: Uint8Array | undefined;
  #bodyFilled = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes frames of up to `maxBytes` from the next header on. */
  allow(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next bytes (copies them) and returns the frames they complete. */
  push(chunk: Uint8Array): Result<Uint8Array[], string> {
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length || this.#body?.length === 0) {
      if (this.#body === undefined) {
        const wanted = chunk.subarray(at, at + HEADER_BYTES - this.#headerFilled);
        this.#header.set(wanted, this.#headerFilled);
        this.#headerFilled += wanted.length;
        at += wanted.length;
        if (this.#headerFilled < HEADER_BYTES) break;
        const length = new DataView(this.#header.buffer).getUint32(0);
        if (length > this.#maxBytes) {
          return err(`a frame of ${length} bytes; at most ${this.#maxBytes} are taken`);
        }
        this.#body = new Uint8Array(length);
        this.#bodyFilled = 0;
      }
      const wanted = chunk.subarray(at, at + this.#body.length - this.#bodyFilled);
      this.#body.set(wanted, this.#bodyFilled);
      this.#bodyFilled += wanted.length;
      at += wanted.length;
      if (this.#bodyFilled === this.#body.length) {
        frames.push(this.#body);
        this.#body = undefined;
        this.#headerFilled = 0;
      }
    }
    return ok(frames);
  }
}

import { err, ok, type Result } from '../core/index.ts';

const PREFIX_BYTES = 2;

/** One message on a TCP connection: its length as a big-endian u16, then its bytes (RFC 1035 section 4.2.2). */
export function encodeStreamMessage(message: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(PREFIX_BYTES + message.length);
  framed.writeUInt16BE(message.length);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** Cuts what comes over TCP into messages. Holds at most one unfinished one, of at most `maxBytes`. */
export class StreamMessages {
  readonly #maxBytes: number;
  #held: Buffer = Buffer.alloc(0);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next bytes (copies them) and returns the messages that they complete; an error for one too long. */
  push(chunk: Uint8Array): Result<Uint8Array[], 'too-long'> {
    let rest = Buffer.concat([this.#held, chunk]);
    const messages: Uint8Array[] = [];
    while (rest.length >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + rest.readUInt16BE(0);
      if (end - PREFIX_BYTES > this.#maxBytes) return err('too-long');
      if (rest.length < end) break;
      messages.push(rest.subarray(PREFIX_BYTES, end));
      rest = rest.subarray(end);
    }
    this.#held = rest;
    return ok(messages);
  }
}

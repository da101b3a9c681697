import { CHUNK_SIZE_DIGITS, TRAILER_BYTES } from '../limits.ts';
import type { PolicyFields } from '../policy-fields.ts';
import { isMeshName } from './fields.ts';
import type { BodyLength } from './head.ts';

export const MALFORMED = -1;

/** Finds where a body ends in the bytes that carry it; holds none of them. */
export interface BodyReader {
  readonly done: boolean;
  /**
   * Reads on at `at`: returns where the part of the body in `bytes` ends, or {@link MALFORMED}.
   * `data` is told where content stands, without framing.
   */
  read(bytes: Uint8Array, at: number, data?: (from: number, to: number) => void): number;
}

/** `deciding`: fields that are no trailers, beside those that never are. */
export const bodyReader = (length: BodyLength, deciding?: PolicyFields): BodyReader =>
  length === 'chunked'
    ? new ChunkedBody(deciding)
    : new SizedBody(length === 'until-close' ? Number.POSITIVE_INFINITY : length);

class SizedBody implements BodyReader {
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  read(bytes: Uint8Array, at: number, data?: (from: number, to: number) => void): number {
    const size = Math.min(this.#left, bytes.length - at);
    this.#left -= size;
    if (size > 0) data?.(at, at + size);
    return at + size;
  }
}

type ChunkState = 'size' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'done';

const CR = 0x0d;
const LF = 0x0a;

/**
 * RFC 9112 section 7.1, strictly: chunk extensions, spaces and bare line feeds are refused, since
 * servers differ on them. Trailers are checked, and may not name what frames, routes or identifies.
 */
class ChunkedBody implements BodyReader {
  readonly #deciding: PolicyFields | undefined;
  #state: ChunkState = 'size';
  #digits = 0;
  #left = 0;
  #trailer = '';

  constructor(deciding: PolicyFields | undefined) {
    this.#deciding = deciding;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  read(bytes: Uint8Array, start: number, data?: (from: number, to: number) => void): number {
    let at = start;
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const size = Math.min(this.#left, bytes.length - at);
        data?.(at, at + size);
        at += size;
        this.#left -= size;
        if (this.#left === 0) this.#state = 'data-cr';
      } else if (!this.#step(bytes[at++] ?? 0)) {
        return MALFORMED;
      }
    }
    return at;
  }

  /** One byte of framing. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case 'size':
        if (byte === CR && this.#digits > 0) this.#state = 'size-lf';
        else return this.#digit(byte);
        return true;
      case 'size-lf':
        this.#state = this.#left === 0 ? 'trailer' : 'data';
        this.#digits = 0;
        return byte === LF;
      case 'data-cr':
        this.#state = 'data-lf';
        return byte === CR;
      case 'data-lf':
        this.#state = 'size';
        return byte === LF;
      default:
        return this.#trailerByte(byte);
    }
  }

  #digit(byte: number): boolean {
    const value = hexValue(byte);
    this.#digits += 1;
    if (value < 0 || this.#digits > CHUNK_SIZE_DIGITS) return false;
    this.#left = this.#left * 16 + value;
    return true;
  }

  #trailerByte(byte: number): boolean {
    this.#trailer += String.fromCharCode(byte);
    if (byte !== LF) return this.#trailer.length < TRAILER_BYTES;
    if (this.#trailer === '\r\n') {
      this.#state = 'done';
      return true;
    }
    if (!this.#trailer.endsWith('\r\n\r\n')) return true;
    this.#state = 'done';
    const lines = this.#trailer.slice(0, -4).split('\r\n');
    return lines.every((line) => isTrailer(line, this.#deciding));
  }
}

const hexValue = (byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
};

const TRAILER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t\x20-\x7e\x80-\xff]*$/;
/** RFC 9110 section 6.5.1: fields that frame, route, authenticate or control. */
const NO_TRAILER = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function isTrailer(line: string, deciding: PolicyFields | undefined): boolean {
  const name = TRAILER_LINE.exec(line)?.[1]?.toLowerCase();
  if (name === undefined || NO_TRAILER.has(name) || isMeshName(name)) return false;
  return deciding?.has(name) !== true;
}

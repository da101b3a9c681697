import type { Field } from '../http/field.ts';
import { isTrailer } from '../http/field-role.ts';
import { CHUNK_SIZE_DIGITS, TRAILER_BYTES } from '../limits.ts';
import { fieldOf } from './field-line.ts';

/** How long a content is: so many bytes, in chunks, or until the connection ends (RFC 9112 section 6.3). */
export type ContentLength = number | 'chunked' | 'until-close';

export const MALFORMED = -1;

/** Who is told what a {@link ContentReader} finds. */
export interface ContentSink {
  /** A part of the content, without framing; `ended`: the last one, perhaps empty. */
  contentRead(bytes: Buffer, from: number, to: number, ended: boolean): void;
  /** What follows the content; nothing else follows. */
  trailersRead(fields: readonly Field[]): void;
}

/** Names that are no trailers, beside those that never are. */
export interface TrailerRefusal {
  has(name: string): boolean;
}

type State = 'sized' | 'size' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'done';

const CR = 0x0d;
const LF = 0x0a;

/**
 * Reads the contents of one connection's messages, one after another; holds none of them. Chunks (RFC 9112
 * section 7.1) are read strictly: extensions, spaces and bare line feeds are refused, since servers differ on
 * them. Trailers may not name what frames, routes or identifies.
 */
export class ContentReader {
  #state: State = 'done';
  #left = 0;
  #digits = 0;
  /** Lines of trailers so far. */
  #trailer = '';
  #refusal: TrailerRefusal | undefined;

  begin(length: ContentLength, refusal?: TrailerRefusal): void {
    this.#refusal = refusal;
    this.#digits = 0;
    this.#trailer = '';
    if (length === 'chunked') {
      this.#state = 'size';
      this.#left = 0;
    } else {
      this.#state = length === 0 ? 'done' : 'sized';
      this.#left = length === 'until-close' ? Number.POSITIVE_INFINITY : length;
    }
  }

  /** All of it was read. */
  get done(): boolean {
    return this.#state === 'done';
  }

  /** Reads on at `at`: returns where the message ends in `bytes`, or so far {@link MALFORMED}. */
  read(bytes: Buffer, at: number, sink: ContentSink): number {
    if (this.#state !== 'sized') return this.#chunks(bytes, at, sink);
    const size = Math.min(this.#left, bytes.length - at);
    this.#left -= size;
    if (this.#left === 0) this.#state = 'done';
    if (size > 0) sink.contentRead(bytes, at, at + size, this.#left === 0);
    return at + size;
  }

  /** Tells of each chunk when it knows whether another follows in these bytes, so that the last one says that it is. */
  #chunks(bytes: Buffer, start: number, sink: ContentSink): number {
    let at = start;
    let from = start;
    let to = start;
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        if (to > from) sink.contentRead(bytes, from, to, false);
        from = at;
        at = Math.min(at + this.#left, bytes.length);
        to = at;
        this.#left -= to - from;
        if (this.#left === 0) this.#state = 'data-cr';
      } else if (!this.#step(bytes[at++] ?? 0)) {
        return MALFORMED;
      }
    }
    if (this.#state !== 'done') {
      if (to > from) sink.contentRead(bytes, from, to, false);
      return at;
    }
    return this.#end(bytes, from, to, sink) ? at : MALFORMED;
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
    if (this.#trailer === '\r\n' || this.#trailer.endsWith('\r\n\r\n')) this.#state = 'done';
    return true;
  }

  /** The message is over, its last chunk, if it was in these bytes, from `from` to `to`. False: bad trailers. */
  #end(bytes: Buffer, from: number, to: number, sink: ContentSink): boolean {
    if (this.#trailer === '\r\n') {
      sink.contentRead(bytes, from, to, true);
      return true;
    }
    const fields: Field[] = [];
    for (const line of this.#trailer.slice(0, -4).split('\r\n')) {
      const field = fieldOf(line);
      if (field === undefined || !isTrailer(field) || this.#refusal?.has(field.name) === true) {
        return false;
      }
      fields.push(field);
    }
    if (to > from) sink.contentRead(bytes, from, to, false);
    sink.trailersRead(fields);
    return true;
  }
}

const hexValue = (byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
};

import type { GatheredOutflow } from '../gathered-outflow.ts';
import type { Field } from '../http/field.ts';

/**
 * How the end of a content is told: `raw` by a length in the head, or by the connection's end; `none`: there is no
 * content, and what comes all the same is dropped.
 */
export type Framing = 'none' | 'raw' | 'chunked';

const LAST_CHUNK = '0\r\n\r\n';

/** Writes the messages of one connection, one after another. */
export class MessageWriter {
  readonly #out: GatheredOutflow;
  #framing: Framing = 'none';

  constructor(out: GatheredOutflow) {
    this.#out = out;
  }

  /** `head`: all of it, with its empty line, in Latin-1. */
  head(head: string, framing: Framing): void {
    this.#framing = framing;
    this.#out.text(head);
  }

  /** False: too much is held, pause the source. */
  content(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    switch (this.#framing) {
      case 'none':
        return true;
      case 'raw':
        return this.#out.send(bytes, from, to);
      case 'chunked':
        return this.#chunk(bytes, from, to, ended);
    }
  }

  #chunk(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    if (to > from) {
      this.#out.text(`${(to - from).toString(16)}\r\n`);
      this.#out.send(bytes, from, to);
      this.#out.text(ended ? `\r\n${LAST_CHUNK}` : '\r\n');
    } else if (ended) {
      this.#out.text(LAST_CHUNK);
    }
    return !this.#out.full;
  }

  /** Ends the message; they are lost where the content is not in chunks (RFC 9110 section 6.5.1). */
  trailers(fields: readonly Field[]): void {
    if (this.#framing === 'chunked') this.#out.text(`0\r\n${linesOf(fields)}\r\n`);
  }
}

/** As lines of a head, with their ends. */
export function linesOf(fields: readonly Field[]): string {
  let lines = '';
  for (const field of fields) lines += field.line;
  return lines;
}

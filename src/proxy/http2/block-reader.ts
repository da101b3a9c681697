import type { Field } from '../http/field.ts';
import type { Connection } from './connection.ts';
import { type FieldSink, HpackDecoder, type HpackOutcome } from './hpack/index.ts';
import { TrailerFields } from './trailer-fields.ts';
import { CODE } from './wire.ts';

const NO_ONE: FieldSink = { field: () => undefined };

/** Reads the header blocks of a connection in the order in which they come: whichever stream they are for, they share a table. */
export class BlockReader {
  readonly #connection: Connection;
  readonly #decoder = new HpackDecoder();
  readonly #trailers = new TrailerFields();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Reads one into `sink`; what makes it unreadable ends the connection. */
  read(block: Buffer, from: number, to: number, sink: FieldSink): HpackOutcome {
    const outcome = this.#decoder.decode(block, from, to, sink);
    if (outcome !== 'ok' && outcome !== 'too-large') {
      this.#connection.fail(CODE.COMPRESSION_ERROR, outcome);
    }
    return outcome;
  }

  /** Reads one of a stream that is gone, for what it does to the table. */
  skip(block: Buffer, from: number, to: number): void {
    this.read(block, from, to, NO_ONE);
  }

  /** Undefined: they are none, or the connection has ended. */
  trailers(block: Buffer, from: number, to: number): readonly Field[] | undefined {
    this.#trailers.clear();
    const outcome = this.read(block, from, to, this.#trailers);
    return outcome === 'ok' ? this.#trailers.trailers() : undefined;
  }
}

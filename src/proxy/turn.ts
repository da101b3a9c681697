import type { Log, Sockets } from '../ports/index.ts';

/** Something that gathers what is to be written while events are told. */
export interface Flushable {
  flush(): void;
  /** It cannot go on: ends at once. */
  abandon(): void;
}

/**
 * What happens between two waits of the event loop. All that is to be written to one connection in a turn goes
 * out in one piece at its end: many streams share a TLS record and a system call.
 */
export class Turn {
  readonly #sockets: Sockets;
  readonly #log: Log;
  #waiting: Flushable[] = [];
  #flushing: Flushable[] = [];
  readonly #end = (): void => this.#flush();

  constructor(sockets: Sockets, log: Log) {
    this.#sockets = sockets;
    this.#log = log;
  }

  /** Calls `flush` at the end of this turn. Whoever asks again before that is called twice. */
  add(item: Flushable): void {
    if (this.#waiting.push(item) === 1) this.#sockets.afterEvents(this.#end);
  }

  #flush(): void {
    const items = this.#waiting;
    this.#waiting = this.#flushing;
    this.#flushing = items;
    for (const item of items) {
      try {
        item.flush();
      } catch (error) {
        // A defect of ours, and no handler of a socket stands around it: it ends this connection only.
        this.#log.error('a connection broke at the end of a turn', { error });
        item.abandon();
      }
    }
    items.length = 0;
  }
}

import type { Stream } from './stream.ts';

/** Ids of one side differ by two, so streams that are open together rarely share one of these. */
const CHAINS = 64;

/** The open streams of one connection by id. The streams themselves are the links: nothing is made or freed. */
export class StreamTable {
  size = 0;
  readonly #chains: (Stream | undefined)[] = new Array<Stream | undefined>(CHAINS).fill(undefined);

  add(stream: Stream): void {
    const chain = (stream.id >>> 1) % CHAINS;
    stream.chained = this.#chains[chain];
    this.#chains[chain] = stream;
    this.size += 1;
  }

  find(id: number): Stream | undefined {
    let stream = this.#chains[(id >>> 1) % CHAINS];
    while (stream !== undefined && stream.id !== id) stream = stream.chained;
    return stream;
  }

  /** It must be here. */
  remove(stream: Stream): void {
    const chain = (stream.id >>> 1) % CHAINS;
    const first = this.#chains[chain];
    if (first === stream) this.#chains[chain] = stream.chained;
    else {
      let before = first;
      while (before !== undefined && before.chained !== stream) before = before.chained;
      if (before !== undefined) before.chained = stream.chained;
    }
    stream.chained = undefined;
    this.size -= 1;
  }

  /** A copy: streams may be added or removed while it is looked through. */
  all(): Stream[] {
    const streams: Stream[] = [];
    for (const first of this.#chains) {
      for (let stream = first; stream !== undefined; stream = stream.chained) streams.push(stream);
    }
    return streams;
  }
}

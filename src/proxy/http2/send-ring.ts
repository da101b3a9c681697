import type { Stream } from './stream.ts';

/** Streams with content that could go out if the connection had room. Each sends one frame when it is its turn. */
export class SendRing {
  #first: Stream | undefined;
  #last: Stream | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** To the end, unless it is here. */
  add(stream: Stream): void {
    if (stream.inRing) return;
    stream.inRing = true;
    if (this.#last === undefined) this.#first = stream;
    else this.#last.nextInRing = stream;
    this.#last = stream;
  }

  next(): Stream | undefined {
    const stream = this.#first;
    if (stream === undefined) return undefined;
    this.#first = stream.nextInRing;
    if (this.#first === undefined) this.#last = undefined;
    stream.nextInRing = undefined;
    stream.inRing = false;
    return stream;
  }
}

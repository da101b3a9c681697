import { STREAMS_PER_CONNECTION } from '../limits.ts';

/**
 * The streams that we reset last while their peer could still send: what comes for them was on its way, and is no
 * fault (RFC 9113 section 5.1, "closed"). As many as can be open at a time.
 */
export class RecentResets {
  #ids: Int32Array | undefined;
  #next = 0;

  add(streamId: number): void {
    this.#ids ??= new Int32Array(STREAMS_PER_CONNECTION);
    this.#ids[this.#next] = streamId;
    this.#next = (this.#next + 1) % STREAMS_PER_CONNECTION;
  }

  has(streamId: number): boolean {
    return this.#ids?.includes(streamId) ?? false;
  }
}

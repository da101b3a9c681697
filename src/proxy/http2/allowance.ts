import {
  IDLE_FRAMES,
  IDLE_FRAMES_PER_SECOND,
  IDLE_FRAMES_PER_USE,
  WASTED_STREAMS,
  WASTED_STREAMS_PER_SECOND,
} from '../limits.ts';

/**
 * What a peer may do that costs work and brings nothing. Use gives it back, and so does time: a peer is judged by
 * the ratio of the two, so that a busy one is not taken for a flood, nor a flood for a busy one.
 */
export class Allowance {
  #wastedStreams = WASTED_STREAMS;
  #idleFrames = IDLE_FRAMES;

  /** A stream ended by a reset, whoever sent it, before an answer was begun. False: one too many. */
  streamWasted(): boolean {
    this.#wastedStreams -= 1;
    return this.#wastedStreams >= 0;
  }

  /** A frame came that carries nothing. False: one too many. */
  frameIdle(): boolean {
    this.#idleFrames -= 1;
    return this.#idleFrames >= 0;
  }

  /** A request was answered. */
  streamUsed(): void {
    if (this.#wastedStreams < WASTED_STREAMS) this.#wastedStreams += 1;
  }

  /** A request came, or content was sent, for which the peer may have to say something. */
  frameUsed(): void {
    this.#idleFrames = Math.min(IDLE_FRAMES, this.#idleFrames + IDLE_FRAMES_PER_USE);
  }

  passed(seconds: number): void {
    this.#wastedStreams = Math.min(
      WASTED_STREAMS,
      this.#wastedStreams + seconds * WASTED_STREAMS_PER_SECOND,
    );
    this.#idleFrames = Math.min(IDLE_FRAMES, this.#idleFrames + seconds * IDLE_FRAMES_PER_SECOND);
  }
}

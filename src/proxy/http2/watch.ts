import { NEVER } from '../deadlines.ts';
import { CONNECTION_CHECK_MS, IDLE_BODY_MS, IDLE_SILENCE_MS, SILENCE_MS } from '../limits.ts';

/** What a connection has done, counted since it was opened. */
export interface Activity {
  readonly openStreams: number;
  /** Streams that were ever opened. */
  readonly streams: number;
  /** Bytes that the kernel took. */
  readonly takenBytes: number;
  /** There are bytes that the kernel does not take. */
  readonly blocked: boolean;
  /** A frame has begun and is not whole. */
  readonly inFrame: boolean;
  /** Frames that were read. */
  readonly frames: number;
}

export type Finding =
  | 'well'
  /** Ask whether the peer is still there. */
  | 'ask'
  /** It was asked, and said nothing. */
  | 'silent'
  /** It began to say something, and does not go on. */
  | 'slow'
  /** It takes nothing. */
  | 'stalled'
  /** There was no stream for as long as it is kept without one. */
  | 'idle';

/**
 * Looks at a connection every {@link CONNECTION_CHECK_MS}, so that what it does in between need not look at a
 * clock. Spans are as exact as that.
 */
export class Watch {
  /** Set whenever bytes come. */
  heard = true;
  readonly #idleMs: number;
  readonly #asks: boolean;
  #silentMs = 0;
  #inFrameMs = 0;
  #stalledMs = 0;
  #unusedMs = 0;
  /** Of the silence, when it was asked; infinite: it was not. */
  #askedAtMs = NEVER;
  #streams = 0;
  #frames = 0;
  #takenBytes = 0;

  /** `asks`: the other end is a sidecar, and says something when it is asked. */
  constructor(idleMs: number, asks: boolean) {
    this.#idleMs = idleMs;
    this.#asks = asks;
  }

  check(activity: Activity): Finding {
    const { openStreams, streams, takenBytes, blocked, inFrame, frames } = activity;
    const unused = openStreams === 0 && streams === this.#streams;
    this.#unusedMs = unused ? this.#unusedMs + CONNECTION_CHECK_MS : 0;
    const stalled = blocked && takenBytes === this.#takenBytes;
    this.#stalledMs = stalled ? this.#stalledMs + CONNECTION_CHECK_MS : 0;
    const slow = inFrame && frames === this.#frames;
    this.#inFrameMs = slow ? this.#inFrameMs + CONNECTION_CHECK_MS : 0;
    this.#silentMs = this.heard ? 0 : this.#silentMs + CONNECTION_CHECK_MS;
    if (this.heard) this.#askedAtMs = NEVER;
    this.heard = false;
    this.#streams = streams;
    this.#frames = frames;
    this.#takenBytes = takenBytes;
    if (this.#stalledMs >= IDLE_BODY_MS) return 'stalled';
    if (this.#inFrameMs >= 2 * CONNECTION_CHECK_MS) return 'slow';
    if (this.#unusedMs >= this.#idleMs) return 'idle';
    return this.#asks ? this.#silence(openStreams > 0 ? SILENCE_MS : IDLE_SILENCE_MS) : 'well';
  }

  #silence(patienceMs: number): Finding {
    if (this.#silentMs - this.#askedAtMs >= SILENCE_MS) return 'silent';
    if (this.#silentMs < patienceMs || this.#askedAtMs !== NEVER) return 'well';
    this.#askedAtMs = this.#silentMs;
    return 'ask';
  }
}

import type { Channel, Clock, Timer } from '../ports/index.ts';
import { SIDECAR_PACE } from '../snapshot/index.ts';
import { TokenBucket } from './token-bucket.ts';

/** Read at once, bytes: no more than some 200 of the shortest messages before it is asked what they cost. */
const PIECE_BYTES = 4_096;
/** A shorter rest would only cost timers, milliseconds. */
const SHORTEST_REST_MS = 50;

interface PacedReadingParts {
  readonly channel: Pick<Channel, 'pause' | 'resume'>;
  readonly clock: Clock;
  /** What there is to read; valid during the call. */
  readonly read: (bytes: Uint8Array) => void;
}

/**
 * Reads what one sidecar says as fast as its node has time for. Whoever says more is not turned away: nothing more is
 * taken from its socket until its turn comes, so that the kernel makes it wait. Holds what was taken already, at most
 * what the runtime takes from a socket at once.
 */
export class PacedReading {
  readonly #parts: PacedReadingParts;
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #decisions: TokenBucket;
  #held: Uint8Array[] = [];
  #rest: Timer | undefined;

  constructor(parts: PacedReadingParts) {
    this.#parts = parts;
    const { clock } = parts;
    const { messages, messagesPerSecond, bytes, bytesPerSecond, decisions } = SIDECAR_PACE;
    this.#messages = new TokenBucket({ most: messages, perSecond: messagesPerSecond }, clock);
    this.#bytes = new TokenBucket({ most: bytes, perSecond: bytesPerSecond }, clock);
    this.#decisions = new TokenBucket({ most: decisions, perSecond: decisions }, clock);
  }

  receive(bytes: Uint8Array): void {
    const taken = this.#rest === undefined ? this.#readSome(bytes) : 0;
    if (taken === bytes.length) return;
    this.#held.push(bytes.slice(taken));
    if (this.#rest !== undefined) return;
    this.#parts.channel.pause();
    this.#wait();
  }

  /** Counts a message; false when there were too many of its kind, so that it need not be understood. */
  counts(type: string): boolean {
    this.#messages.spend(1);
    if (type !== 'decisions') return true;
    if (this.#decisions.waitMs() > 0) return false;
    this.#decisions.spend(1);
    return true;
  }

  stop(): void {
    this.#rest?.cancel();
    this.#held = [];
  }

  #readSome(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.#waitMs() === 0) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      this.#bytes.spend(piece.length);
      at += piece.length;
      this.#parts.read(piece);
    }
    return at;
  }

  #waitMs(): number {
    return Math.max(this.#messages.waitMs(), this.#bytes.waitMs());
  }

  #wait(): void {
    const restMs = Math.max(SHORTEST_REST_MS, this.#waitMs());
    this.#rest = this.#parts.clock.after(restMs, () => this.#goOn());
  }

  #goOn(): void {
    for (let head = this.#held[0]; head !== undefined; head = this.#held[0]) {
      const taken = this.#readSome(head);
      if (taken < head.length) {
        this.#held[0] = head.subarray(taken);
        this.#wait();
        return;
      }
      this.#held.shift();
    }
    this.#rest = undefined;
    this.#parts.channel.resume();
  }
}

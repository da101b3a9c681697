import type { Census } from '../census.ts';
import { DATA_PAYLOAD_BYTES, HELD_SLACK, QUEUED_BYTES, QUEUED_LIMIT_BYTES } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import type { Allowance } from './allowance.ts';
import type { FrameOutput } from './frame-output.ts';
import { SendRing } from './send-ring.ts';
import type { Stream } from './stream.ts';
import { DEFAULT_WINDOW_BYTES, MAX_WINDOW_BYTES } from './wire.ts';

/** Content on its way out on one connection: within the peer's windows, and each stream in its turn. */
export class Sender {
  readonly ring = new SendRing();
  /** What the peer takes on the whole connection now. */
  #window = DEFAULT_WINDOW_BYTES;
  /** Content of all streams that waits. */
  #queuedBytes = 0;
  readonly #output: FrameOutput;
  readonly #census: Census;
  readonly #maxHeldBytes: number;
  readonly #allowance: Allowance;

  /** `maxHeldBytes`: of the whole data plane. */
  constructor(
    output: FrameOutput,
    allowance: Allowance,
    { census, maxHeldBytes }: Pick<Runtime, 'census' | 'maxHeldBytes'>,
  ) {
    this.#output = output;
    this.#census = census;
    this.#maxHeldBytes = maxHeldBytes;
    this.#allowance = allowance;
  }

  /** Of `wanted` bytes, how many may go out in one frame now; below 1: none. */
  room(stream: Stream, wanted: number): number {
    const { blocked, maxPayloadBytes } = this.#output;
    if (blocked) return 0;
    const frameBytes = Math.min(maxPayloadBytes, DATA_PAYLOAD_BYTES);
    return Math.min(wanted, stream.sendWindow, this.#window, frameBytes);
  }

  /** As much as there is {@link room} for, or nothing with `ended`. */
  send(stream: Stream, bytes: Buffer, from: number, to: number, ended: boolean): void {
    const count = to - from;
    this.#window -= count;
    stream.sendWindow -= count;
    const output = this.#output;
    output.data(stream.id, bytes, from, to, ended);
    this.#allowance.frameUsed();
    output.writeIfLarge();
  }

  /** The peer takes more. False: beyond what a window may be. */
  windowGrew(bytes: number): boolean {
    this.#window += bytes;
    return this.#window <= MAX_WINDOW_BYTES;
  }

  /** So many more wait, or fewer. False: more than may be held. */
  queued(bytes: number): boolean {
    this.#queuedBytes += bytes;
    this.#census.heldBytes += bytes;
    const { heldBytes } = this.#census;
    if (heldBytes <= this.#maxHeldBytes) return true;
    return this.#queuedBytes <= QUEUED_LIMIT_BYTES && heldBytes <= this.#maxHeldBytes * HELD_SLACK;
  }

  /** So much waits that no stream should add to it. */
  get isFull(): boolean {
    return this.#queuedBytes > QUEUED_BYTES;
  }

  /** Lets the streams take turns until nothing waits, or nothing more goes out. */
  pump(): void {
    while (!this.#output.blocked && this.#window > 0) {
      const stream = this.ring.next();
      if (stream === undefined) return;
      stream.sendWaiting();
    }
  }
}

import { BufferPool } from '../buffer-pool.ts';
import type { Census } from '../census.ts';
import { DATA_PAYLOAD_BYTES, OUTPUT_BUFFER_BYTES, OUTPUT_SPARE_BUFFERS } from '../limits.ts';
import { NO_BYTES } from '../no-bytes.ts';
import type { PartySocket } from '../party.ts';
import type { Flushable, Turn } from '../turn.ts';
import { type Code, DEFAULT_FRAME_BYTES, FLAG, FRAME, FRAME_HEAD_BYTES } from './wire.ts';

const buffers = new BufferPool(OUTPUT_BUFFER_BYTES, OUTPUT_SPARE_BUFFERS);

/** What goes out on one connection: frames gather in one buffer, and leave it in one write. */
export class FrameOutput {
  /** Between `reserve` and the next write: room for a frame's payload from {@link end} on. */
  bytes: Buffer = NO_BYTES;
  end = 0;
  /** The kernel takes no more: go on after `drain`. Content waits elsewhere, only what must be said is added. */
  blocked = false;
  /** The largest payload that the peer takes, bytes. */
  maxPayloadBytes = DEFAULT_FRAME_BYTES;
  /** Since the connection was opened: how many bytes the kernel took. */
  takenBytes = 0;
  #start = 0;
  #counted = 0;
  #asked = false;
  readonly #socket: PartySocket;
  readonly #census: Census;
  readonly #turn: Turn;
  readonly #owner: Flushable;

  /** `owner` is asked to flush at the end of a turn in which something was added. */
  constructor(socket: PartySocket, census: Census, turn: Turn, owner: Flushable) {
    this.#socket = socket;
    this.#census = census;
    this.#turn = turn;
    this.#owner = owner;
  }

  /** Has the owner flush at the end of this turn. */
  touch(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#turn.add(this.#owner);
  }

  /** The owner flushes now. */
  flushing(): void {
    this.#asked = false;
  }

  /** Bytes that were not written yet. */
  get size(): number {
    return this.end - this.#start;
  }

  /** Where the next frame will begin, counted since the connection was opened. */
  get position(): number {
    return this.takenBytes + this.size;
  }

  /** Has room for `count` bytes from {@link end} on. */
  reserve(count: number): void {
    if (this.end + count <= this.bytes.length) return;
    if (this.bytes === NO_BYTES && count <= OUTPUT_BUFFER_BYTES) {
      this.bytes = buffers.borrow();
      return;
    }
    const { size } = this;
    const before = this.bytes;
    if (2 * (size + count) <= before.length) before.copyWithin(0, this.#start, this.end);
    else {
      this.bytes = Buffer.allocUnsafeSlow(2 * (size + count));
      before.copy(this.bytes, 0, this.#start, this.end);
      buffers.giveBack(before);
    }
    this.#start = 0;
    this.end = size;
  }

  /** The head of a frame whose payload is written behind it by the caller; all of both must be reserved. */
  #begin(payloadBytes: number, type: number, flags: number, streamId: number): void {
    this.touch();
    const { bytes } = this;
    let at = this.end;
    bytes[at++] = payloadBytes >>> 16;
    bytes[at++] = payloadBytes >>> 8;
    bytes[at++] = payloadBytes;
    bytes[at++] = type;
    bytes[at++] = flags;
    bytes[at++] = streamId >>> 24;
    bytes[at++] = streamId >>> 16;
    bytes[at++] = streamId >>> 8;
    bytes[at++] = streamId;
    this.end = at;
  }

  u16(value: number): void {
    this.bytes[this.end++] = value >>> 8;
    this.bytes[this.end++] = value;
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value);
  }

  frame(payloadBytes: number, type: number, flags: number, streamId: number): void {
    this.reserve(FRAME_HEAD_BYTES + payloadBytes);
    this.#begin(payloadBytes, type, flags, streamId);
  }

  /** Bytes that are no frame, or are a payload. */
  raw(source: Buffer, from: number, to: number): void {
    this.reserve(to - from);
    this.end += source.copy(this.bytes, this.end, from, to);
  }

  /** At most {@link maxPayloadBytes}. */
  data(streamId: number, source: Buffer, from: number, to: number, ended: boolean): void {
    this.frame(to - from, FRAME.DATA, ended ? FLAG.END_STREAM : 0, streamId);
    if (to > from) this.end += source.copy(this.bytes, this.end, from, to);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.frame(4, FRAME.WINDOW_UPDATE, 0, streamId);
    this.u32(increment);
  }

  reset(streamId: number, code: number): void {
    this.frame(4, FRAME.RST_STREAM, 0, streamId);
    this.u32(code);
  }

  goAway(lastStreamId: number, code: Code): void {
    this.frame(8, FRAME.GOAWAY, 0, 0);
    this.u32(lastStreamId);
    this.u32(code);
  }

  /**
   * Frames a header block that was encoded at {@link end} plus one frame head, with `blockBytes`; for that and
   * {@link headFramesBytes} there must be room. What is too large for one frame is continued (section 6.10).
   */
  headers(streamId: number, blockBytes: number, ended: boolean): void {
    const first = Math.min(blockBytes, this.maxPayloadBytes);
    const flags = (ended ? FLAG.END_STREAM : 0) | (first === blockBytes ? FLAG.END_HEADERS : 0);
    this.#begin(first, FRAME.HEADERS, flags, streamId);
    this.end += first;
    for (let left = blockBytes - first; left > 0; ) {
      const part = Math.min(left, this.maxPayloadBytes);
      this.bytes.copyWithin(this.end + FRAME_HEAD_BYTES, this.end, this.end + left);
      left -= part;
      this.#begin(part, FRAME.CONTINUATION, left === 0 ? FLAG.END_HEADERS : 0, streamId);
      this.end += part;
    }
  }

  /** Of a block of at most `blockBytes`: with all its frames' heads. */
  headFramesBytes(blockBytes: number): number {
    return blockBytes + (1 + Math.ceil(blockBytes / this.maxPayloadBytes)) * FRAME_HEAD_BYTES;
  }

  /** So much is gathered that it need not wait for the end of the turn. */
  writeIfLarge(): void {
    if (this.size >= DATA_PAYLOAD_BYTES && !this.blocked) this.write();
  }

  /** Hands over what the kernel takes now. False: the connection is closed. */
  write(): boolean {
    const { size } = this;
    if (size === 0) return true;
    const taken = this.blocked ? 0 : this.#socket.write(this.bytes, this.#start, size);
    if (taken < 0) {
      this.discard();
      return false;
    }
    this.takenBytes += taken;
    this.#start += taken;
    this.blocked = taken < size;
    if (this.blocked) this.#count();
    else this.#rest();
    return true;
  }

  /** Everything was taken: gives the buffer back. */
  #rest(): void {
    buffers.giveBack(this.bytes);
    this.bytes = NO_BYTES;
    this.#start = 0;
    this.end = 0;
    this.#count();
  }

  /** The kernel takes more again. */
  unblock(): void {
    this.blocked = false;
  }

  /** Forgets what was not written: the connection is gone. */
  discard(): void {
    this.#rest();
  }

  #count(): void {
    if (this.size === this.#counted) return;
    this.#census.heldBytes += this.size - this.#counted;
    this.#counted = this.size;
  }
}

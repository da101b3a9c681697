import { ByteQueue } from './byte-queue.ts';
import { CODE, type Code, FLAG, FRAME, FRAME_HEAD_BYTES, readU31 } from './wire.ts';

/** Who is told of frames. Each answer says whether more is to be read. */
export interface FrameSink {
  /** Any frame but DATA: its payload is `bytes[from]` up to, without, `bytes[to]`, during the call only. */
  frame(
    type: number,
    flags: number,
    streamId: number,
    bytes: Buffer,
    from: number,
    to: number,
  ): boolean;
  /** DATA begins: so many bytes count for flow control, its padding among them. {@link content} follows at least once. */
  data(streamId: number, weightBytes: number, paddingBytes: number): boolean;
  /** A part of it as it arrives; `last`: the frame's last, `ended`: the stream's. */
  content(bytes: Buffer, from: number, to: number, last: boolean, ended: boolean): boolean;
  /** The bytes are no frames of this protocol. `reason` is one of a closed set: lines of a log are counted by it. */
  unreadable(code: Code, reason: string): void;
}

/**
 * Cuts what a peer sends into frames. The content of DATA is passed on as it comes; of other frames at most one
 * is held until it is whole.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxPayloadBytes: number;
  /** The beginning of a frame. */
  readonly #carry = new ByteQueue();
  /** Of the DATA frame under way. */
  #contentLeft = 0;
  #paddingLeft = 0;
  #endsStream = false;
  #stopped = false;
  /** Frames that were read since the connection was opened, those of DATA once they have begun. */
  frames = 0;

  constructor(sink: FrameSink, maxPayloadBytes: number) {
    this.#sink = sink;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Of a frame that is not whole yet. */
  get heldBytes(): number {
    return this.#carry.size;
  }

  read(bytes: Buffer, from: number): void {
    let at = this.#carry.size > 0 ? this.#complete(bytes, from) : from;
    while (at < bytes.length && !this.#stopped) {
      if (this.#contentLeft + this.#paddingLeft > 0) {
        at = this.#content(bytes, at);
        continue;
      }
      const needed = this.#needed(bytes, at, bytes.length);
      if (at + needed > bytes.length) {
        if (!this.#stopped) this.#carry.append(bytes, at, bytes.length);
        return;
      }
      at = this.#frame(bytes, at);
    }
  }

  /** Nothing is held or read any more. */
  stop(): void {
    this.#stopped = true;
    this.#carry.clear();
  }

  /** Completes the frame whose beginning is held; how far `bytes` are used by it. */
  #complete(bytes: Buffer, from: number): number {
    const carry = this.#carry;
    let at = from;
    for (;;) {
      const needed = this.#needed(carry.bytes, carry.from, carry.to);
      const missing = needed - carry.size;
      if (this.#stopped) return bytes.length;
      if (missing <= 0) break;
      const more = Math.min(missing, bytes.length - at);
      if (more === 0) return at;
      carry.append(bytes, at, at + more);
      at += more;
    }
    const whole = carry.bytes.subarray(carry.from, carry.to);
    carry.clear();
    this.#frame(whole, 0);
    return at;
  }

  /** How many bytes the frame at `at` must have here to be read; of DATA not the content. */
  #needed(bytes: Buffer, at: number, end: number): number {
    if (end - at < LENGTH_BYTES) return FRAME_HEAD_BYTES;
    const length = lengthAt(bytes, at);
    if (length > this.#maxPayloadBytes) {
      this.#fail(CODE.FRAME_SIZE_ERROR, 'frame-too-large');
      return FRAME_HEAD_BYTES;
    }
    if (end - at < FRAME_HEAD_BYTES) return FRAME_HEAD_BYTES;
    if (bytes[at + 3] !== FRAME.DATA) return FRAME_HEAD_BYTES + length;
    const padded = ((bytes[at + 4] ?? 0) & FLAG.PADDED) !== 0 && length > 0;
    return padded ? FRAME_HEAD_BYTES + 1 : FRAME_HEAD_BYTES;
  }

  /** Reads the frame at `at`; returns what follows (of DATA its content). */
  #frame(bytes: Buffer, at: number): number {
    const length = lengthAt(bytes, at);
    const type = bytes[at + 3] ?? 0;
    const flags = bytes[at + 4] ?? 0;
    const streamId = readU31(bytes, at + 5);
    const from = at + FRAME_HEAD_BYTES;
    if (this.#stopped) return from;
    this.frames += 1;
    if (type === FRAME.DATA) return this.#data(bytes, from, length, flags, streamId);
    this.#on(this.#sink.frame(type, flags, streamId, bytes, from, from + length));
    return from + length;
  }

  #data(bytes: Buffer, from: number, length: number, flags: number, streamId: number): number {
    let at = from;
    let padding = 0;
    if ((flags & FLAG.PADDED) !== 0) {
      padding = bytes[at++] ?? 0;
      if (length === 0) return this.#fail(CODE.FRAME_SIZE_ERROR, 'padding');
      if (padding >= length) return this.#fail(CODE.PROTOCOL_ERROR, 'padding');
    }
    this.#contentLeft = length - (at - from) - padding;
    this.#paddingLeft = padding;
    this.#endsStream = (flags & FLAG.END_STREAM) !== 0;
    this.#on(this.#sink.data(streamId, length, length - this.#contentLeft));
    if (this.#contentLeft === 0 && !this.#stopped) {
      this.#on(this.#sink.content(bytes, at, at, true, this.#endsStream));
    }
    return at;
  }

  #content(bytes: Buffer, from: number): number {
    let at = from;
    if (this.#contentLeft > 0) {
      const to = Math.min(bytes.length, at + this.#contentLeft);
      this.#contentLeft -= to - at;
      const last = this.#contentLeft === 0;
      this.#on(this.#sink.content(bytes, at, to, last, last && this.#endsStream));
      at = to;
    }
    const padding = Math.min(bytes.length - at, this.#paddingLeft);
    this.#paddingLeft -= padding;
    return at + padding;
  }

  #on(goOn: boolean): void {
    if (!goOn) this.stop();
  }

  #fail(code: Code, reason: string): number {
    this.stop();
    this.#sink.unreadable(code, reason);
    return 0;
  }
}

/** Judged before the rest of a frame's head is there: other protocols may say less than that, and wait. */
const LENGTH_BYTES = 3;

const lengthAt = (bytes: Buffer, at: number): number =>
  ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);

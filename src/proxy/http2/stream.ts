import { HeldBytes } from '../held-bytes.ts';
import type { Field } from '../http/field.ts';
import type { ServerLoss } from '../http/halves.ts';
import { HIGH_WATER_BYTES, STREAM_WINDOW_BYTES, STREAM_WINDOW_MAX_BYTES } from '../limits.ts';
import type { Connection } from './connection.ts';
import { CODE, type Code, MAX_WINDOW_BYTES } from './wire.ts';

/**
 * One stream of a connection (RFC 9113 section 5), open from its first head to the end of both directions or a
 * reset. Whoever opened it, content flows in the same way: that is here.
 */
export abstract class Stream {
  /** 0 until it is known. */
  id = 0;
  /** The next in the chain of the stream table. */
  chained: Stream | undefined;
  inRing = false;
  nextInRing: Stream | undefined;
  /** Nothing more is heard of it or sent on it. */
  closed = false;
  /** Bytes that the peer takes now; negative after it made its window smaller. */
  sendWindow: number;
  protected readonly connection: Connection;
  protected localEnded = false;
  protected remoteEnded = false;
  /** Content to come as the head says; infinite where it does not. */
  protected contentLeft = Number.POSITIVE_INFINITY;

  /** What the peer may still send. */
  #receiveWindow = STREAM_WINDOW_BYTES;
  /** How large its window is when all is credited. */
  #windowBytes = STREAM_WINDOW_BYTES;
  /** Received and not credited yet. */
  #owedBytes = 0;
  #held = false;
  /** Since the window grew: content came as fast as it was taken. */
  #takenBytes = 0;

  #queue: HeldBytes | undefined;
  #endQueued = false;
  #trailers: readonly Field[] | undefined;
  /** The source holds still until there is room. */
  #sourceWaits = false;

  constructor(connection: Connection) {
    this.connection = connection;
    this.sendWindow = connection.settings.windowBytes;
  }

  /** A head came on a stream that has had one: an answer, or trailers. */
  abstract head(block: Buffer, from: number, to: number, ended: boolean): void;
  /** There is room for more content of the source. */
  protected abstract drained(): void;
  protected abstract contentArrived(bytes: Buffer, from: number, to: number, ended: boolean): void;
  /** More or less content than its head promised. */
  protected abstract lengthBroken(): void;
  /** The peer, or the connection, ended it before its time. */
  abstract lost(loss: ServerLoss): void;
  /** RST_STREAM came. */
  abstract peerReset(code: number): void;
  /** Our direction has ended, and the peer's has not. */
  protected abstract endedFirst(): void;
  /** Every few seconds: ends what nobody waits for. */
  abstract check(): void;

  // What the peer sends.

  /** DATA begins, so many bytes with its padding. False: they overflow the window. */
  admits(weightBytes: number, paddingBytes: number): boolean {
    this.#receiveWindow -= weightBytes;
    if (paddingBytes > 0) this.#owe(paddingBytes);
    return this.#receiveWindow >= 0;
  }

  #owe(bytes: number): void {
    this.#owedBytes += bytes;
    if (this.#held) this.connection.receipts.withheld(bytes);
  }

  /** The peer has sent all that it may without being asked for more. */
  protected get windowIsUsed(): boolean {
    return this.#receiveWindow <= 0;
  }

  /** May the peer still send? */
  get receives(): boolean {
    return !this.remoteEnded;
  }

  content(bytes: Buffer, from: number, to: number, ended: boolean): void {
    this.contentLeft -= to - from;
    if (this.contentLeft < 0 || (ended && !this.isWhole)) {
      this.lengthBroken();
      return;
    }
    this.#owe(to - from);
    if (ended) this.remoteEnded = true;
    if (to > from || ended) this.contentArrived(bytes, from, to, ended);
    if (ended) this.ifOver();
    else if (!this.#held) this.#credit();
  }

  /** All content came that the head promised. */
  protected get isWhole(): boolean {
    return this.contentLeft === 0 || this.contentLeft === Number.POSITIVE_INFINITY;
  }

  hold(): void {
    if (this.#held || this.closed) return;
    this.#held = true;
    this.connection.receipts.withheld(this.#owedBytes);
  }

  release(): void {
    if (!this.#held || this.closed) return;
    this.#held = false;
    this.connection.receipts.withheld(-this.#owedBytes);
    this.#takenBytes = 0; // a reader that stood still needs no larger window
    this.#credit();
  }

  /** Gives the peer's window back what was taken of it, half a window at a time. */
  #credit(): void {
    if (2 * this.#owedBytes < this.#windowBytes || this.remoteEnded || this.closed) return;
    let increment = this.#owedBytes;
    this.#takenBytes += this.#owedBytes;
    if (this.#takenBytes >= 2 * this.#windowBytes) increment += this.#grow();
    this.#owedBytes = 0;
    this.#receiveWindow += increment;
    this.connection.output.windowUpdate(this.id, increment);
  }

  /** A reader that keeps up is not to wait for the way there and back. By how much the window grew. */
  #grow(): number {
    this.#takenBytes = 0;
    const growth = Math.min(this.#windowBytes, STREAM_WINDOW_MAX_BYTES - this.#windowBytes);
    if (growth === 0 || !this.connection.receipts.grow(growth)) return 0;
    this.#windowBytes += growth;
    return growth;
  }

  // What is sent to the peer.

  /** All of it is taken; false: too much waits, the source is to hold still. */
  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    if (this.closed || this.localEnded || this.#endQueued) return true;
    if (from === to && !ended) return !this.#sourceWaits;
    const mayGo = this.#waiting === 0 && (from === to || this.connection.sender.ring.isEmpty);
    const at = mayGo ? this.#sendNow(bytes, from, to, ended) : from;
    if (this.localEnded || (at === to && !ended)) return true;
    return this.#wait(bytes, at, to, ended);
  }

  /** Bytes that could not be sent yet. */
  get #waiting(): number {
    return this.#queue === undefined ? 0 : this.#queue.size;
  }

  /** As much as the windows and the kernel take; returns where the rest begins. */
  #sendNow(bytes: Buffer, from: number, to: number, ended: boolean): number {
    const { sender } = this.connection;
    let at = from;
    do {
      const count = Math.max(0, sender.room(this, to - at));
      if (count === 0 && at < to) break;
      const last = ended && at + count === to;
      sender.send(this, bytes, at, at + count, last);
      at += count;
      if (last) this.localEnd();
    } while (at < to);
    return at;
  }

  #wait(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    const { sender } = this.connection;
    this.#queue ??= new HeldBytes();
    this.#queue.append(bytes, from, to);
    this.#endQueued = ended;
    if (!sender.queued(to - from)) {
      this.overflowed();
      return true;
    }
    if (this.sendWindow > 0) sender.ring.add(this);
    // A source that was told to hold still stays held until it is told otherwise, whatever it still sends.
    this.#sourceWaits ||= this.#queue.size >= (sender.isFull ? 1 : HIGH_WATER_BYTES);
    return !this.#sourceWaits;
  }

  /** Its turn: sends a frame of what waits. */
  sendWaiting(): void {
    const queue = this.#queue;
    if (this.closed || queue === undefined) return;
    const { sender } = this.connection;
    const { first } = queue;
    const count = first === undefined ? 0 : sender.room(this, first.to - first.from);
    if (first === undefined || count <= 0) return;
    const { bytes, from } = first;
    const last = this.#endQueued && count === queue.size;
    sender.send(this, bytes, from, from + count, last);
    queue.take(count);
    sender.queued(-count);
    if (queue.size > 0 && this.sendWindow > 0) sender.ring.add(this);
    if (last) this.localEnd();
    else if (queue.size === 0 && this.#trailers !== undefined) this.#sendTrailers(this.#trailers);
    this.#ifDrained();
  }

  #ifDrained(): void {
    const enough = this.connection.sender.isFull ? 1 : HIGH_WATER_BYTES / 2;
    if (!this.#sourceWaits || this.closed || this.#waiting >= enough) return;
    this.#sourceWaits = false;
    this.drained();
  }

  /** The peer's window for this stream grew, or shrank. False: beyond what a window may be. */
  windowMoved(bytes: number): boolean {
    this.sendWindow += bytes;
    if (this.#waiting > 0 && this.sendWindow > 0) this.connection.sender.ring.add(this);
    return this.sendWindow <= MAX_WINDOW_BYTES;
  }

  trailers(fields: readonly Field[]): void {
    if (this.closed || this.localEnded || this.#endQueued) return;
    if (this.#waiting > 0) this.#trailers = fields;
    else this.#sendTrailers(fields);
  }

  #sendTrailers(fields: readonly Field[]): void {
    this.connection.heads.trailers(this.id, fields);
    this.localEnd();
  }

  /** END_STREAM was sent. */
  protected localEnd(): void {
    this.localEnded = true;
    if (this.remoteEnded) this.ifOver();
    else this.endedFirst();
  }

  protected ifOver(): void {
    if (this.localEnded && this.remoteEnded) this.connection.close(this);
  }

  /** Ends it at once, both ways; what waits is dropped. Nobody is told but the peer. */
  reset(code: Code): void {
    if (this.closed) return;
    this.connection.reset(this, code);
  }

  /** The peer broke a rule that concerns this stream alone (RFC 9113 section 5.4.2). */
  violated(code: Code): void {
    if (this.closed) return;
    this.reset(code);
    this.lost('malformed');
  }

  /** More waits for this peer than may. */
  protected overflowed(): void {
    this.reset(CODE.ENHANCE_YOUR_CALM);
    this.lost('closed');
  }

  /** By the connection alone: lets go of everything. */
  closing(): void {
    this.closed = true;
    if (this.#held) this.connection.receipts.withheld(-this.#owedBytes);
    this.connection.receipts.shrink(this.#windowBytes - STREAM_WINDOW_BYTES);
    this.connection.sender.queued(-this.#waiting);
    this.#queue?.clear();
    this.#queue = undefined;
  }
}

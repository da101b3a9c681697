import type { Connection } from './connection.ts';
import type { FrameSink } from './frame-reader.ts';
import { HeaderBlock } from './header-block.ts';
import type { Stream } from './stream.ts';
import { CODE, type Code, FLAG, FRAME, readU31, readU32 } from './wire.ts';

const PRIORITY_BYTES = 5;
const SETTING_BYTES = 6;
const PING_BYTES = 8;
const GOAWAY_BYTES = 8;
/** Of RST_STREAM and WINDOW_UPDATE. */
const NUMBER_BYTES = 4;

/** What each frame of a peer does to a connection and its streams (RFC 9113 section 6). */
export class FrameHandler implements FrameSink {
  readonly #connection: Connection;
  readonly #block = new HeaderBlock();
  /** Whose DATA comes now; undefined: nobody's any more. */
  #receiver: Stream | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Of a header block that is not whole. */
  get heldBytes(): number {
    return this.#block.bytes.size;
  }

  /** Lets go of it. */
  stop(): void {
    this.#block.clear();
  }

  frame(type: number, flags: number, id: number, bytes: Buffer, from: number, to: number): boolean {
    if (!this.#inOrder(type, flags, id)) return false;
    switch (type) {
      case FRAME.HEADERS:
        this.#headers(flags, id, bytes, from, to);
        break;
      case FRAME.CONTINUATION:
        this.#continuation(flags, bytes, from, to);
        break;
      case FRAME.WINDOW_UPDATE:
        this.#windowUpdate(id, bytes, from, to);
        break;
      case FRAME.RST_STREAM:
        this.#reset(id, bytes, from, to);
        break;
      case FRAME.SETTINGS:
        this.#settings(flags, id, bytes, from, to);
        break;
      case FRAME.PING:
        this.#ping(flags, id, bytes, from, to);
        break;
      case FRAME.GOAWAY:
        if (id !== 0) this.#fail(CODE.PROTOCOL_ERROR, 'goaway-on-stream');
        else if (to - from < GOAWAY_BYTES) this.#fail(CODE.FRAME_SIZE_ERROR, 'frame-size');
        else this.#connection.goAwayHeard(readU31(bytes, from));
        break;
      case FRAME.PRIORITY:
        this.#priority(id, to - from);
        break;
      case FRAME.PUSH_PROMISE:
        this.#fail(CODE.PROTOCOL_ERROR, 'push');
        break;
      default:
        this.#connection.idled(); // RFC 9113 section 5.5: others are ignored
    }
    return !this.#connection.over;
  }

  /** RFC 9113 sections 3.4 and 4.3: SETTINGS come first, and a header block is not interrupted. */
  #inOrder(type: number, flags: number, id: number): boolean {
    const { settings } = this.#connection;
    if (!settings.known && (type !== FRAME.SETTINGS || (flags & FLAG.ACK) !== 0)) {
      return this.#fail(CODE.PROTOCOL_ERROR, 'no-settings');
    }
    const continued = this.#block.streamId;
    const fits = type === FRAME.CONTINUATION ? continued === id && id !== 0 : continued === 0;
    return fits || this.#fail(CODE.PROTOCOL_ERROR, 'broken-header-block');
  }

  #headers(flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    if (id === 0) {
      this.#fail(CODE.PROTOCOL_ERROR, 'headers-without-stream');
      return;
    }
    let start = from;
    let end = to;
    if ((flags & FLAG.PADDED) !== 0) end -= bytes[start++] ?? 0;
    if ((flags & FLAG.PRIORITY) !== 0) start += PRIORITY_BYTES;
    if (start > end || start > to) {
      this.#fail(CODE.PROTOCOL_ERROR, 'padding');
      return;
    }
    const ended = (flags & FLAG.END_STREAM) !== 0;
    if ((flags & FLAG.END_HEADERS) !== 0) {
      this.#connection.headers(id, bytes, start, end, ended);
      return;
    }
    this.#block.begin(id, ended);
    this.#connection.awaitHeaders();
    this.#addToBlock(bytes, start, end);
  }

  #continuation(flags: number, bytes: Buffer, from: number, to: number): void {
    if (!this.#addToBlock(bytes, from, to) || (flags & FLAG.END_HEADERS) === 0) return;
    const { streamId, endsStream } = this.#block;
    const whole = this.#block.bytes;
    this.#block.streamId = 0;
    this.#connection.headersHeard();
    this.#connection.headers(streamId, whole.bytes, whole.from, whole.to, endsStream);
    whole.clear();
  }

  #addToBlock(bytes: Buffer, from: number, to: number): boolean {
    if (this.#block.add(bytes, from, to)) return true;
    this.#block.clear();
    return this.#fail(CODE.ENHANCE_YOUR_CALM, 'header-block-too-large');
  }

  data(id: number, weightBytes: number, paddingBytes: number): boolean {
    const connection = this.#connection;
    this.#receiver = undefined;
    if (!this.#inOrder(FRAME.DATA, 0, id)) return false;
    if (connection.isIdle(id)) return this.#fail(CODE.PROTOCOL_ERROR, 'data-on-idle-stream');
    if (!connection.receipts.take(weightBytes)) {
      return this.#fail(CODE.FLOW_CONTROL_ERROR, 'window-overflow');
    }
    const stream = connection.streams.find(id);
    if (stream === undefined) connection.lateFrame(id, weightBytes);
    else if (!stream.receives) stream.violated(CODE.STREAM_CLOSED);
    else if (!stream.admits(weightBytes, paddingBytes)) stream.violated(CODE.FLOW_CONTROL_ERROR);
    else this.#receiver = stream;
    return !connection.over;
  }

  content(bytes: Buffer, from: number, to: number, last: boolean, ended: boolean): boolean {
    const connection = this.#connection;
    const receiver = this.#receiver;
    if (receiver !== undefined && !receiver.closed) receiver.content(bytes, from, to, ended);
    if (last && from === to && !ended) connection.idled();
    return !connection.over;
  }

  #windowUpdate(id: number, bytes: Buffer, from: number, to: number): void {
    const connection = this.#connection;
    if (to - from !== NUMBER_BYTES) {
      this.#fail(CODE.FRAME_SIZE_ERROR, 'frame-size');
      return;
    }
    connection.idled();
    const increment = readU31(bytes, from);
    if (id === 0) {
      if (increment === 0) this.#fail(CODE.PROTOCOL_ERROR, 'window-update-of-zero');
      else if (!connection.sender.windowGrew(increment)) {
        this.#fail(CODE.FLOW_CONTROL_ERROR, 'window-overflow');
      } else connection.output.touch();
      return;
    }
    const stream = connection.streams.find(id);
    if (stream === undefined) {
      if (connection.isIdle(id)) this.#fail(CODE.PROTOCOL_ERROR, 'frame-on-idle-stream');
    } else if (increment === 0) stream.violated(CODE.PROTOCOL_ERROR);
    else if (!stream.windowMoved(increment)) stream.violated(CODE.FLOW_CONTROL_ERROR);
    else connection.output.touch();
  }

  #reset(id: number, bytes: Buffer, from: number, to: number): void {
    const connection = this.#connection;
    if (to - from !== NUMBER_BYTES) this.#fail(CODE.FRAME_SIZE_ERROR, 'frame-size');
    else if (connection.isIdle(id)) this.#fail(CODE.PROTOCOL_ERROR, 'frame-on-idle-stream');
    else {
      const stream = connection.streams.find(id);
      if (stream === undefined) {
        connection.idled();
        return;
      }
      connection.close(stream);
      stream.peerReset(readU32(bytes, from));
    }
  }

  #settings(flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    const length = to - from;
    const acknowledges = (flags & FLAG.ACK) !== 0;
    if (id !== 0) this.#fail(CODE.PROTOCOL_ERROR, 'settings-on-stream');
    else if (acknowledges ? length !== 0 : length % SETTING_BYTES !== 0) {
      this.#fail(CODE.FRAME_SIZE_ERROR, 'frame-size');
    } else if (acknowledges) this.#connection.idled();
    else this.#connection.settingsHeard(bytes, from, to);
  }

  #ping(flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    const connection = this.#connection;
    if (id !== 0) this.#fail(CODE.PROTOCOL_ERROR, 'ping-on-stream');
    else if (to - from !== PING_BYTES) this.#fail(CODE.FRAME_SIZE_ERROR, 'frame-size');
    else if ((flags & FLAG.ACK) !== 0) connection.pingAnswered(bytes[to - 1] ?? 0);
    else {
      connection.idled();
      connection.output.frame(PING_BYTES, FRAME.PING, FLAG.ACK, 0);
      connection.output.raw(bytes, from, to);
    }
  }

  /** Deprecated (RFC 9113 section 5.3.2): nothing is made of it. */
  #priority(id: number, length: number): void {
    if (id === 0) this.#fail(CODE.PROTOCOL_ERROR, 'priority-without-stream');
    else if (length !== PRIORITY_BYTES) {
      const stream = this.#connection.streams.find(id);
      if (stream === undefined) this.#fail(CODE.FRAME_SIZE_ERROR, 'frame-size');
      else stream.violated(CODE.FRAME_SIZE_ERROR);
    } else this.#connection.idled();
  }

  unreadable(code: Code, reason: string): void {
    this.#fail(code, reason);
  }

  #fail(code: Code, reason: string): false {
    this.#connection.fail(code, reason);
    return false;
  }
}

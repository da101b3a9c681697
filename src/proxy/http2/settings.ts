import {
  FIELD_LIST_BYTES,
  FRAME_PAYLOAD_BYTES,
  STREAM_WINDOW_BYTES,
  STREAMS_BEFORE_SETTINGS,
  STREAMS_PER_CONNECTION,
} from '../limits.ts';
import type { FrameOutput } from './frame-output.ts';
import type { HpackEncoder } from './hpack/index.ts';
import {
  CODE,
  type Code,
  DEFAULT_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  FRAME,
  MAX_FRAME_BYTES,
  MAX_WINDOW_BYTES,
  readU32,
  SETTING,
} from './wire.ts';

const SETTING_BYTES = 6;

/** What a peer wants of what is sent to it (RFC 9113 section 6.5.2). */
export class PeerSettings {
  maxStreams = STREAMS_BEFORE_SETTINGS;
  windowBytes = DEFAULT_WINDOW_BYTES;
  maxPayloadBytes = DEFAULT_FRAME_BYTES;
  /** RFC 8441: may a stream become a connection of another protocol? */
  extendedConnect = false;
  /** A SETTINGS frame has come. */
  known = false;
  readonly #encoder: HpackEncoder;

  constructor(encoder: HpackEncoder) {
    this.#encoder = encoder;
  }

  /** Reads one frame's payload, its length checked. What is wrong with it; `NO_ERROR` when nothing is. */
  read(bytes: Buffer, from: number, to: number, byServer: boolean): Code {
    if (!this.known) this.maxStreams = Number.POSITIVE_INFINITY;
    this.known = true;
    for (let at = from; at < to; at += SETTING_BYTES) {
      const id = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      const code = this.#set(id, readU32(bytes, at + 2), byServer);
      if (code !== CODE.NO_ERROR) return code;
    }
    return CODE.NO_ERROR;
  }

  #set(id: number, value: number, byServer: boolean): Code {
    switch (id) {
      case SETTING.HEADER_TABLE_SIZE:
        this.#encoder.limitTable(value); // each one: the smallest in between counts (RFC 7541 section 4.2)
        break;
      case SETTING.ENABLE_PUSH:
        if (value > 1 || (byServer && value === 1)) return CODE.PROTOCOL_ERROR;
        break;
      case SETTING.MAX_CONCURRENT_STREAMS:
        this.maxStreams = value;
        break;
      case SETTING.INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW_BYTES) return CODE.FLOW_CONTROL_ERROR;
        this.windowBytes = value;
        break;
      case SETTING.MAX_FRAME_SIZE:
        if (value < DEFAULT_FRAME_BYTES || value > MAX_FRAME_BYTES) return CODE.PROTOCOL_ERROR;
        this.maxPayloadBytes = value;
        break;
      case SETTING.ENABLE_CONNECT_PROTOCOL:
        // RFC 8441 section 3: what was allowed once may not be taken back.
        if (value > 1 || (value === 0 && this.extendedConnect)) return CODE.PROTOCOL_ERROR;
        this.extendedConnect = value === 1;
        break;
    }
    return CODE.NO_ERROR;
  }
}

const SHARED: readonly (readonly [id: number, value: number])[] = [
  [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
  [SETTING.MAX_FRAME_SIZE, FRAME_PAYLOAD_BYTES],
  [SETTING.MAX_HEADER_LIST_SIZE, FIELD_LIST_BYTES],
];
const OF_SERVER = [
  ...SHARED,
  [SETTING.MAX_CONCURRENT_STREAMS, STREAMS_PER_CONNECTION],
  [SETTING.ENABLE_CONNECT_PROTOCOL, 1],
] as const;
const OF_CLIENT = [...SHARED, [SETTING.ENABLE_PUSH, 0]] as const;

/** Says what we want of our peer. */
export function writeSettings(output: FrameOutput, byServer: boolean): void {
  const settings = byServer ? OF_SERVER : OF_CLIENT;
  output.frame(settings.length * SETTING_BYTES, FRAME.SETTINGS, 0, 0);
  for (const [id, value] of settings) {
    output.u16(id);
    output.u32(value);
  }
}

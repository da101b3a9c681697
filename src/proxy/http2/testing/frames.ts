import { FLAG, FRAME, PREFACE } from '../wire.ts';

/** One frame, byte for byte; nothing is checked. */
export function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What a client says first. */
export const hello = (...settings: readonly (readonly [number, number])[]): Buffer =>
  Buffer.concat([PREFACE, settingsFrame(...settings)]);

export const settingsFrame = (...settings: readonly (readonly [number, number])[]): Buffer =>
  frame(
    FRAME.SETTINGS,
    0,
    0,
    Buffer.concat(settings.map(([id, value]) => Buffer.concat([Buffer.from([0, id]), u32(value)]))),
  );

export type Lines = readonly (readonly [name: string, value: string])[];

/** A header block of literals that enter no table (RFC 7541 section 6.2.2). */
export const block = (lines: Lines): Buffer =>
  Buffer.concat(
    lines.flatMap(([name, value]) => [Buffer.from([0]), plainString(name), plainString(value)]),
  );

function plainString(text: string): Buffer {
  const { length } = text;
  if (length < 127) return Buffer.concat([Buffer.from([length]), latin1(text)]);
  const octets = [127];
  let rest = length - 127;
  for (; rest > 127; rest >>>= 7) octets.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...octets, rest]), latin1(text)]);
}

/** The pseudo-fields of a GET. */
export const GET: Lines = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'web'],
];

/** Of a POST, which has content. */
export const POST: Lines = [[':method', 'POST'], ...GET.slice(1)];

/** HEADERS in one frame that end the stream, or not. */
export const headers = (streamId: number, lines: Lines, ended = true): Buffer =>
  frame(FRAME.HEADERS, FLAG.END_HEADERS | (ended ? FLAG.END_STREAM : 0), streamId, block(lines));

export const data = (streamId: number, text: string, ended = false): Buffer =>
  frame(FRAME.DATA, ended ? FLAG.END_STREAM : 0, streamId, latin1(text));

export const reset = (streamId: number, code: number): Buffer =>
  frame(FRAME.RST_STREAM, 0, streamId, u32(code));

export const windowUpdate = (streamId: number, increment: number): Buffer =>
  frame(FRAME.WINDOW_UPDATE, 0, streamId, u32(increment));

export const ping = (text = '12345678', flags = 0): Buffer =>
  frame(FRAME.PING, flags, 0, latin1(text));

export const goAway = (lastStreamId: number, code = 0): Buffer =>
  frame(FRAME.GOAWAY, 0, 0, Buffer.concat([u32(lastStreamId), u32(code)]));

/** RFC 9113 section 3.4 */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const SETTINGS = 0x4;
const HEADERS = 0x1;
/** END_STREAM and END_HEADERS. */
const WHOLE = 0x1 | 0x4;

type Lines = readonly (readonly [name: string, value: string])[];

/**
 * All that an attacker needs of HTTP/2: a connection's beginning with one GET on it, in Latin-1. Written by hand, so
 * that it shares nothing with what it attacks; the fields are literals in no table (RFC 7541 section 6.2.2).
 */
export function bareGet(path: string, authority: string): string {
  const fields = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', authority],
  ] as const;
  return PREFACE + opening(fields);
}

/** What a server that cares for nothing says to the first request of a connection; it has no content. */
export const bareAnswer = (fields: Lines): string => opening(fields);

/** SETTINGS, and all of the first stream's message. */
function opening(fields: Lines): string {
  const block = fields.map(([name, value]) => `\0${text(name)}${text(value)}`).join('');
  return frame(SETTINGS, 0, 0, '') + frame(HEADERS, WHOLE, 1, block);
}

/** Of less than 127 characters. */
const text = (value: string): string => String.fromCharCode(value.length) + value;

/** With a payload of less than 256 bytes. */
const frame = (type: number, flags: number, stream: number, payload: string): string =>
  String.fromCharCode(0, 0, payload.length, type, flags, 0, 0, 0, stream) + payload;

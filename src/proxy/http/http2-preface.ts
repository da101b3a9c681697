/** What a connection of HTTP/2 begins with (RFC 9113 section 3.4). */
export const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Is it, or could it become, the beginning of a connection of HTTP/2? No request of HTTP/1.1 begins with these. */
export function beginsHttp2(bytes: Buffer): boolean {
  const count = Math.min(bytes.length, HTTP2_PREFACE.length);
  return bytes[0] === HTTP2_PREFACE[0] && bytes.compare(HTTP2_PREFACE, 0, count, 0, count) === 0;
}

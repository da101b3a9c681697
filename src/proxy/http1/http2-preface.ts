/** RFC 9113 section 3.4 */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const HTTP2_PREFACE_BYTES = PREFACE.length;

/** Is it, or could it become, the beginning of a connection of HTTP/2? No request of HTTP/1.1 begins with these. */
export function beginsHttp2(bytes: Buffer): boolean {
  const count = Math.min(bytes.length, PREFACE.length);
  return bytes[0] === PREFACE[0] && bytes.compare(PREFACE, 0, count, 0, count) === 0;
}

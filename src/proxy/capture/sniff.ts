import { HTTP2_PREFACE } from '../http/http2-preface.ts';
import { SNIFF_BYTES } from '../limits.ts';

/** What the first bytes of a connection begin; `tcp`: nothing that is known here. */
export type FirstBytes = 'tls' | 'http1' | 'http2' | 'tcp';

/** Is it one, is it none, or could it still become one? */
type Match = 'yes' | 'no' | 'more';

/**
 * Tells from the first bytes of a connection what its client speaks; `more` when they could still become
 * several things, which at {@link SNIFF_BYTES} they no longer can. Whatever follows `bytes` does not change a verdict,
 * so that how a stream was cut into reads never matters.
 */
export function sniff(bytes: Uint8Array): FirstBytes | 'more' {
  const tls = matchClientHello(bytes);
  if (tls === 'yes') return 'tls';
  const http2 = matchText(bytes, 0, HTTP2_PREFACE);
  if (http2 === 'yes') return 'http2';
  const http1 = matchRequestLine(bytes.subarray(0, SNIFF_BYTES));
  if (http1 === 'yes') return 'http1';
  if (tls === 'no' && http2 === 'no' && http1 === 'no') return 'tcp';
  // A request line that long is one: its answer is 414.
  return bytes.length < SNIFF_BYTES ? 'more' : 'http1';
}

/** RFC 9112 section 2.3; what a minor version means is left to who reads the request. */
const VERSION = Buffer.from('HTTP/1.');
/** The longest registered one, UPDATEREDIRECTREF, has 17. */
const METHOD_BYTES = 32;
const SPACE = 0x20;
const DELETE = 0x7f;

/** A record with a handshake message that is a ClientHello (RFC 8446 sections 4, 5.1 and appendix D). */
function matchClientHello(bytes: Uint8Array): Match {
  const [contentType = 0x16, major = 3, minor = 0, , , message = 1] = bytes;
  if (contentType !== 0x16 || major !== 3 || minor > 4 || message !== 1) return 'no';
  return bytes.length < 6 ? 'more' : 'yes';
}

/** `method SP request-target SP "HTTP/1."` (RFC 9112 section 3), with nothing else before, between or instead. */
function matchRequestLine(bytes: Uint8Array): Match {
  const methodEnd = endOf(bytes, 0, isTokenByte);
  if (methodEnd > METHOD_BYTES) return 'no';
  const method = matchWord(bytes, 0, methodEnd);
  if (method !== 'yes') return method;
  const targetAt = methodEnd + 1;
  const targetEnd = endOf(bytes, targetAt, isTargetByte);
  const target = matchWord(bytes, targetAt, targetEnd);
  return target === 'yes' ? matchText(bytes, targetEnd + 1, VERSION) : target;
}

/** Is `bytes[from..end)` not empty, and a space behind it? */
function matchWord(bytes: Uint8Array, from: number, end: number): Match {
  if (end === bytes.length) return 'more';
  return end > from && bytes[end] === SPACE ? 'yes' : 'no';
}

function matchText(bytes: Uint8Array, from: number, text: Uint8Array): Match {
  const length = Math.min(text.length, Math.max(0, bytes.length - from));
  for (let at = 0; at < length; at++) if (bytes[from + at] !== text[at]) return 'no';
  return length < text.length ? 'more' : 'yes';
}

function endOf(bytes: Uint8Array, from: number, belongs: (byte: number) => boolean): number {
  for (let at = from; at < bytes.length; at++) if (!belongs(bytes[at] ?? SPACE)) return at;
  return bytes.length;
}

/** `tchar` of RFC 9110 section 5.6.2 */
const TOKEN_BYTES = new Set(
  Buffer.from("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
);
const isTokenByte = (byte: number): boolean => TOKEN_BYTES.has(byte);
/** More than a target may have: a request with a wrong one is answered with 400, not taken for another protocol. */
const isTargetByte = (byte: number): boolean => byte > SPACE && byte !== DELETE;

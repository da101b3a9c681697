/** HPACK (RFC 7541): field blocks of HTTP/2 to fields, and back. */
export { type FieldSink, HpackDecoder } from './decoder.ts';
export { BLOCK_START_BYTES, HpackEncoder } from './encoder.ts';
export type { HpackOutcome } from './outcome.ts';

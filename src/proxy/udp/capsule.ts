import { DATAGRAM_BYTES } from '../limits.ts';
import { MAX_VARINT_BYTES, writeVarint } from './varint.ts';

/** HTTP Datagrams (RFC 9297 section 3.5). */
export const DATAGRAM_CAPSULE = 0;
/** What a datagram of it is: the content of one of UDP (RFC 9298 section 5). */
export const UDP_CONTEXT = 0;

/** A capsule's type, its length, and a datagram's context. */
export const CAPSULE_HEAD_BYTES = 3 * MAX_VARINT_BYTES;
/** The content of a capsule, context and all. Others than datagrams are held to it too. */
export const CAPSULE_CONTENT_BYTES = MAX_VARINT_BYTES + DATAGRAM_BYTES;

/** Where each is written, one after the other: what takes it copies it. */
const SCRATCH = Buffer.allocUnsafeSlow(CAPSULE_HEAD_BYTES + DATAGRAM_BYTES);

/** A datagram as a capsule, at the beginning of {@link capsuleBytes}; returns where it ends. */
export function writeCapsule(datagram: Uint8Array): number {
  const lengthAt = writeVarint(DATAGRAM_CAPSULE, SCRATCH, 0);
  const contextAt = writeVarint(datagram.length + 1, SCRATCH, lengthAt);
  const start = writeVarint(UDP_CONTEXT, SCRATCH, contextAt);
  SCRATCH.set(datagram, start);
  return start + datagram.length;
}

/** Valid until the next one is written. */
export const capsuleBytes = (): Buffer => SCRATCH;

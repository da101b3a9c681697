const BITS_OF_HEAD = 5;
const INLINE = 24; // up to here the argument is in the head itself
const BYTE_STRING = 2;
const TEXT_STRING = 3;

/**
 * Are there at most so many data items in these CBOR bytes, at any depth? Looks at heads alone (RFC 8949, section
 * 3), so that a stranger's bytes are bounded before they are decoded: an empty list is one byte there and an object
 * in memory. What is no CBOR is for the decoder to refuse.
 */
export function hasAtMostItems(bytes: Uint8Array, most: number): boolean {
  let items = 0;
  for (let at = 0; at < bytes.length; items++) {
    if (items === most) return false;
    const head = bytes[at] ?? 0;
    const [major, info] = [head >> BITS_OF_HEAD, head & ((1 << BITS_OF_HEAD) - 1)];
    const argumentBytes = info < INLINE || info > INLINE + 3 ? 0 : 1 << (info - INLINE);
    const isString = major === BYTE_STRING || major === TEXT_STRING;
    const content = isString ? argumentAt(bytes, at, info, argumentBytes) : 0;
    at += 1 + argumentBytes + content;
  }
  return true;
}

function argumentAt(bytes: Uint8Array, at: number, info: number, argumentBytes: number): number {
  if (argumentBytes === 0) return info;
  let argument = 0;
  for (let n = 1; n <= argumentBytes; n++) argument = argument * 256 + (bytes[at + n] ?? 0);
  return argument;
}

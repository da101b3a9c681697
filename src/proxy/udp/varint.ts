/** Integers of 1, 2, 4 or 8 bytes, whose first two bits say which (RFC 9000 section 16). */
export const MAX_VARINT_BYTES = 8;

/** How many bytes the integer has that begins with this one. */
export const varintBytes = (first: number): number => 1 << (first >> 6);

/** The integer at `at`, all of whose bytes are there. Larger ones than a number holds exactly are rounded. */
export function readVarint(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  switch (first >> 6) {
    case 0:
      return first;
    case 1:
      return bytes.readUInt16BE(at) & 0x3fff;
    case 2:
      return bytes.readUInt32BE(at) & 0x3fffffff;
    default:
      return (bytes.readUInt32BE(at) & 0x3fffffff) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
  }
}

/** Writes `value`, below 2^30, in the shortest form; returns where it ends. */
export function writeVarint(value: number, bytes: Buffer, at: number): number {
  if (value < 0x40) return bytes.writeUInt8(value, at);
  if (value < 0x4000) return bytes.writeUInt16BE(value | 0x4000, at);
  return bytes.writeUInt32BE((value | 0x80000000) >>> 0, at);
}

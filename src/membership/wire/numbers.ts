// Big-endian, byte by byte: a view of fresh bytes, which could do it, costs more than all that is read of a datagram.

export function readNumber(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** Of a whole number that fits. */
export function writeNumber(bytes: Uint8Array, at: number, length: number, value: number): void {
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    const higher = Math.floor(rest / 256);
    bytes[at + i] = rest - higher * 256;
    rest = higher;
  }
}

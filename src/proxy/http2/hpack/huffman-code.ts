/**
 * RFC 7541 appendix B: the length of each symbol's code in bits, one row for 16 octets, the end of string (EOS)
 * last. The code is canonical: a code is the one before it in order of length and then of symbol, plus one.
 */
// biome-ignore format: 16 octets to a row
export const HUFFMAN_CODE_BITS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];

/** The symbol that no string contains (RFC 7541 section 5.2). */
export const HUFFMAN_EOS = 256;

/** The code of each symbol, in the lowest bits. */
export function huffmanCodes(): Uint32Array {
  const codes = new Uint32Array(HUFFMAN_CODE_BITS.length);
  const bitsOf = (symbol: number): number => HUFFMAN_CODE_BITS[symbol] ?? 0;
  const inOrder = [...HUFFMAN_CODE_BITS.keys()].sort((a, b) => bitsOf(a) - bitsOf(b) || a - b);
  let next = 0;
  let lengthBits = 0;
  for (const symbol of inOrder) {
    next <<= bitsOf(symbol) - lengthBits;
    lengthBits = bitsOf(symbol);
    codes[symbol] = next++;
  }
  return codes;
}

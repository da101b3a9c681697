import { HUFFMAN_CODE_BITS, huffmanCodes } from '../huffman-code.ts';

const CODES = huffmanCodes();

/** RFC 7541 section 5.2, one bit after the other: for tests alone, since the encoder codes nothing. */
export function huffmanEncoded(text: string): Buffer {
  let bits = '';
  for (const octet of Buffer.from(text, 'latin1')) {
    bits += (CODES[octet] ?? 0).toString(2).padStart(HUFFMAN_CODE_BITS[octet] ?? 0, '0');
  }
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from(padded.match(/.{8}/g)?.map((octet) => Number.parseInt(octet, 2)) ?? []);
}

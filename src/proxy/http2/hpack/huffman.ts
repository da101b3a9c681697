import { HUFFMAN_CODE_BITS, HUFFMAN_EOS, huffmanCodes } from './huffman-code.ts';

/**
 * The code as an automaton that reads an octet a step. Its states are the 256 inner nodes of the code's tree,
 * the root first: each says which bits of a symbol have been read. No code is shorter than 5 bits, so an octet
 * ends two symbols at most.
 *
 * A step at `state << 8 | octet` holds: the next state (8 bits), the symbols that ended (8 bits each), their
 * number. It is negative where the octet would end EOS.
 */
const STEPS = new Int32Array(256 * 256);

/** States in which a string may end: after whole symbols, or fewer than 8 bits of 1 as padding (section 5.2). */
const MAY_END = new Uint8Array(256);

/** Both children of each inner node: another inner node, or a symbol as `~symbol`. */
function tree(): Int16Array {
  const children = new Int16Array(2 * 256);
  let nodes = 1;
  huffmanCodes().forEach((code, symbol) => {
    let node = 0;
    for (let bit = (HUFFMAN_CODE_BITS[symbol] ?? 0) - 1; bit > 0; bit--) {
      const child = 2 * node + ((code >>> bit) & 1);
      if (children[child] === 0) children[child] = nodes++;
      node = children[child] ?? 0;
    }
    children[2 * node + (code & 1)] = ~symbol;
  });
  return children;
}

function stepOf(children: Int16Array, state: number, octet: number): number {
  let node = state;
  let symbols = 0;
  let count = 0;
  for (let bit = 7; bit >= 0; bit--) {
    node = children[2 * node + ((octet >>> bit) & 1)] ?? 0;
    if (node >= 0) continue;
    if (~node === HUFFMAN_EOS) return -1;
    symbols |= ~node << (8 * ++count);
    node = 0;
  }
  return (count << 24) | symbols | node;
}

function fillTables(): void {
  const children = tree();
  for (let at = 0; at < STEPS.length; at++) STEPS[at] = stepOf(children, at >>> 8, at & 0xff);
  for (let bits = 0, node = 0; bits < 8; bits++) {
    MAY_END[node] = 1;
    node = children[2 * node + 1] ?? 0;
  }
}

fillTables();

export const HUFFMAN_MALFORMED = -1;
export const HUFFMAN_TOO_LONG = -2;

/**
 * Decodes `from` to `to` of `source` to the start of `into`, whose last octet but one is the last to be used.
 * Returns how many octets came out; `HUFFMAN_TOO_LONG` when they do not fit; `HUFFMAN_MALFORMED` for EOS and
 * for padding that is longer than 7 bits or not the beginning of EOS (RFC 7541 section 5.2).
 */
export function decodeHuffman(source: Buffer, from: number, to: number, into: Buffer): number {
  const room = into.length - 2;
  let state = 0;
  let length = 0;
  for (let at = from; at < to; at++) {
    const step = STEPS[(state << 8) | (source[at] ?? 0)] ?? 0;
    if (step < 0) return HUFFMAN_MALFORMED;
    if (length > room) return HUFFMAN_TOO_LONG;
    // Both are written and the length says which count: cheaper than to ask.
    into[length] = step >>> 8;
    into[length + 1] = step >>> 16;
    length += step >>> 24;
    state = step & 0xff;
  }
  return MAY_END[state] === 1 ? length : HUFFMAN_MALFORMED;
}

import { HUFFMAN_CODE_BITS, HUFFMAN_EOS, huffmanCodes } from './huffman-code.ts';

/**
 * The code as an automaton. Its states are the 256 inner nodes of the code's tree, the root first: each says
 * which bits of a symbol have been read. What a step from a state does, in one number: the next state (8 bits),
 * the symbols that ended (8 bits each), how many they are. Negative: EOS ended, which no string may contain.
 */
const NO_STEP = -1;
const step = (state: number, symbols: number, count: number): number =>
  (count << 24) | (symbols << 8) | state;
const nextOf = (taken: number): number => taken & 0xff;
const symbolsOf = (taken: number): number => (taken >>> 8) & 0xffff;
const countOf = (taken: number): number => taken >>> 24;

/** What each bit does, at `state << 1 | bit`. */
function bitSteps(): Int32Array {
  const steps = new Int32Array(256 << 1);
  let states = 1;
  huffmanCodes().forEach((code, symbol) => {
    let state = 0;
    for (let bit = (HUFFMAN_CODE_BITS[symbol] ?? 0) - 1; bit > 0; bit--) {
      const at = (state << 1) | ((code >>> bit) & 1);
      if (steps[at] === 0) steps[at] = step(states++, 0, 0);
      state = steps[at] ?? 0;
    }
    steps[(state << 1) | (code & 1)] = symbol === HUFFMAN_EOS ? NO_STEP : step(0, symbol, 1);
  });
  return steps;
}

/**
 * What two groups of `bits` do one after the other, at `state << 2 * bits | both groups`. That ends two symbols
 * at most in an octet: no code is shorter than 5 bits.
 */
function doubled(steps: Int32Array, bits: number): Int32Array {
  const both = new Int32Array(256 << (2 * bits));
  for (let at = 0; at < both.length; at++) {
    const first = steps[at >>> bits] ?? 0;
    const second = steps[(nextOf(first) << bits) | (at & ((1 << bits) - 1))] ?? 0;
    const symbols = symbolsOf(first) | (symbolsOf(second) << (8 * countOf(first)));
    both[at] =
      first < 0 || second < 0
        ? NO_STEP
        : step(nextOf(second), symbols, countOf(first) + countOf(second));
  }
  return both;
}

/** States in which a string may end: after whole symbols, or fewer than 8 bits of 1 as padding (section 5.2). */
function lastStates(steps: Int32Array): Uint8Array {
  const mayEnd = new Uint8Array(256);
  for (let bits = 0, state = 0; bits < 8; bits++) {
    mayEnd[state] = 1;
    state = steps[(state << 1) | 1] ?? 0;
  }
  return mayEnd;
}

const BIT_STEPS = bitSteps();
const MAY_END = lastStates(BIT_STEPS);
/** What each octet does, at `state << 8 | octet`. */
const STEPS = doubled(doubled(doubled(BIT_STEPS, 1), 2), 4);

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
    const taken = STEPS[(state << 8) | (source[at] ?? 0)] ?? 0;
    if (taken < 0) return HUFFMAN_MALFORMED;
    if (length > room) return HUFFMAN_TOO_LONG;
    // Both are written and the length says which count: cheaper than to ask.
    into[length] = taken >>> 8;
    into[length + 1] = taken >>> 16;
    length += countOf(taken);
    state = nextOf(taken);
  }
  return MAY_END[state] === 1 ? length : HUFFMAN_MALFORMED;
}

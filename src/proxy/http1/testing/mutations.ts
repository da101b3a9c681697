import type { Dice } from './dice.ts';
import { LINE_ENDS, ODD_BYTES, SIZES, SMUGGLING_LINES, START_LINES, TARGETS } from './shapes.ts';

/** Spoils a message in one place. */
type Mutation = (text: string, dice: Dice) => string;

/** The size of a chunk, or what looks like one. */
const SIZE = /(?<=\r\n)[0-9A-Fa-f]{1,4}(?=\r\n)/g;
const BEHIND_LAST_CHUNK = /(?<=\r\n0{1,4}\r\n)/g;
const TARGET = /(?<=^[A-Z]+ )\S+/g;
/** More than a head may have. */
const MANY_LINES: readonly string[] = Array.from({ length: 101 }, () => 'x: 1');

/** Replaces one of the places that match. */
const replaceOne =
  (pattern: RegExp, replacements: readonly string[]): Mutation =>
  (text, dice) => {
    const found = [...text.matchAll(pattern)];
    if (found.length === 0) return text;
    const { 0: match, index } = dice.pick(found);
    return text.slice(0, index) + dice.pick(replacements) + text.slice(index + match.length);
  };

/** Changes the lines of the head. */
const onLines =
  (change: (lines: string[], dice: Dice) => void): Mutation =>
  (text, dice) => {
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return text;
    const lines = text.slice(0, end).split('\r\n');
    change(lines, dice);
    return lines.join('\r\n') + text.slice(end);
  };

/** Puts something in the place of some characters. */
const splice = (text: string, at: number, count: number, what: string): string =>
  text.slice(0, at) + what + text.slice(at + count);

const smuggle = onLines((lines, dice) => {
  lines.splice(1 + dice.below(lines.length), 0, dice.pick(SMUGGLING_LINES));
});

const MUTATIONS: readonly Mutation[] = [
  smuggle,
  smuggle,
  replaceOne(/\r\n/g, LINE_ENDS),
  replaceOne(/:/g, [' :', '\t:', '', '::', ':\u0000', ' ']),
  replaceOne(/ /g, ['', '  ', '\t', '\u00a0']),
  replaceOne(SIZE, SIZES),
  replaceOne(SIZE, SIZES),
  replaceOne(
    BEHIND_LAST_CHUNK,
    SMUGGLING_LINES.map((line) => `${line}\r\n`),
  ),
  replaceOne(TARGET, TARGETS),
  onLines((lines, dice) => lines.splice(0, 1, dice.pick(START_LINES))),
  onLines((lines, dice) => lines.splice(dice.below(lines.length), 1)),
  onLines((lines, dice) => lines.push(dice.pick(lines))),
  onLines((lines, dice) => lines.push(...(dice.onceIn(8) ? MANY_LINES : []))),
  (text, dice) => splice(text, dice.below(text.length + 1), 0, dice.pick(ODD_BYTES)),
  (text, dice) => splice(text, dice.below(text.length), 1, ''),
  (text, dice) => text.slice(0, dice.below(text.length + 1)),
  (text, dice) => dice.pick(['\r\n', '\n', ' ', '\r\n\r\n', 'x']) + text,
  (text, dice) => {
    const at = dice.below(text.length);
    return splice(text, at, 1, String.fromCharCode(text.charCodeAt(at) ^ (1 << dice.below(8))));
  },
];

/** The message, spoilt in up to three places, and two times in five in none. */
export function mutated(text: string, dice: Dice): string {
  let spoilt = text;
  for (let count = dice.below(5) - 1; count > 0 && spoilt !== ''; count--) {
    spoilt = dice.pick(MUTATIONS)(spoilt, dice);
  }
  return spoilt;
}

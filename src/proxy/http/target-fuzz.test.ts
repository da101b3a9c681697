import { expect, test } from 'bun:test';
import { Dice } from '../http1/testing/index.ts';
import { FUZZ_INPUTS } from '../testing/run-size.ts';
import { readTarget, type Target } from './target.ts';

const SEED = 7_112_026;
/** On a busy machine. */
const INPUTS_PER_SECOND = 20_000;
const TIMEOUT_MS = 5_000 + (FUZZ_INPUTS / INPUTS_PER_SECOND) * 1_000;

/** What paths are made of, and what was used to make two of one. */
const PIECES = [
  ...['/', '/', '/', 'a', 'admin', '.', '..', '...', ';', ';x=1', '%2e', '%2E', '%2f', '%5c', '\\'],
  ...['%61', '%7e', '%c3%a9', '%25', '%252e', '%00', '%7F', '%', '%4', '%zz', '?', '#', ' ', '\t'],
  ...['~', "!$&'()*+,", '=', ':', '@', '[', ']', '|', '^', '`', '"', '<', '{', '\u00e9', '\u0000'],
];
const STARTS = [
  '',
  '/',
  '/',
  '/',
  '/',
  'http://web',
  'http://web/',
  'HTTP://WEB',
  'https://web',
  '*',
];
const METHODS = ['GET', 'OPTIONS', 'CONNECT'];

const anyTarget = (dice: Dice): string =>
  dice.pick(STARTS) + Array.from({ length: dice.below(7) }, () => dice.pick(PIECES)).join('');

/** One byte for each encoded one, as many applications decode once more. */
const decoded = (path: string): string =>
  path.replaceAll(/%(..)/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );

/** How a target that was accepted may be read in another way, by somebody. */
function secondMeaning(method: string, { text, path }: Target): string | undefined {
  if (path === '*') return method === 'OPTIONS' ? undefined : 'it is for OPTIONS';
  if (!/^\/[\x21-\x7e]*$/.test(path)) return 'characters that no path has';
  if (!/^[\x21-\x7e]*$/.test(text)) return 'characters that end a target or a line';
  if (text.includes('#')) return 'a fragment, which some servers cut off';
  if (/\\|\/\//.test(path)) return 'a separator that not everybody sees';
  const [before] = text.split('?', 1);
  if (before !== path) return 'what is decided on is not what is forwarded';
  const segments = decoded(path).split('/');
  if (segments.length !== path.split('/').length) return 'a hidden separator';
  if (segments.some((one) => /^\.\.?(?:;|$)/.test(one))) return 'a hidden dot segment';
  if (/[^\x20-\x7e\x80-\xff]|\\/.test(segments.join('/'))) return 'a hidden control character';
  const { pathname } = new URL(text, 'http://web');
  return pathname === path ? undefined : `a browser sees ${pathname}`;
}

test(
  'a target that was accepted has one path, for whoever reads it again, decodes it or parses it as a URL',
  () => {
    const dice = new Dice(SEED);
    let accepted = 0;
    for (let count = 0; count < FUZZ_INPUTS; count++) {
      const [method, raw] = [dice.pick(METHODS), anyTarget(dice)];
      const target = readTarget(method, raw);
      if (!target.ok) continue;
      accepted += 1;
      const { text, path } = target.value;
      const problem = secondMeaning(method, target.value);
      if (problem !== undefined)
        throw new Error(`${JSON.stringify(raw)} read as ${text}: ${problem}`);
      expect(readTarget(method, text)).toEqual({ ok: true, value: { text, path } });
    }
    expect(accepted).toBeGreaterThan(FUZZ_INPUTS / 10);
  },
  TIMEOUT_MS,
);

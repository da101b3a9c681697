import type { Dice } from './dice.ts';

/** Messages of HTTP/1.1 that are right, one character a byte: what `mutated` then spoils. */

const oneOf = (list: string): readonly string[] => list.split(' | ');

const METHODS = oneOf('GET | POST | GET | POST | HEAD | OPTIONS | PUT | DELETE | PATCH | TRACE');
const TARGETS = oneOf(
  '/ | /a | /a/b?q=1 | /%61%7e | /x/? | /a;v=1/b | /%e4%c3%b6 | /-._~!$&()*+,=:@ | /a?%2F..// | http://web/a | ' +
    'HTTP://Web | *',
);
const VERSIONS = oneOf('HTTP/1.1 | HTTP/1.1 | HTTP/1.1 | HTTP/1.1 | HTTP/1.0');
const STATUSES = oneOf(
  '200 OK | 200 | 200  | 201 x | 404 \u00e9 | 500 a b | 599 \t | 304  | 204 No Content | 100 Continue | 101 S',
);
/** Fields that say nothing of where a message ends. */
const FIELDS = oneOf(
  'Accept: */* | X-A:1 | x-b: \t two  words  | Cookie: a=b; c="d" | X-Empty: | X-E: \u00e9\u00ff | ' +
    'Connection: keep-alive | Connection: close | Connection: X-A , te | Connection: upgrade | Upgrade: websocket | ' +
    'Upgrade: h2c | Keep-Alive: timeout=5 | Proxy-Connection: close | TE: trailers | Expect: 100-continue | ' +
    "X-Selvage-Peer: a | x_selvage_reason: b | !#$%&'*+-.^_`~: odd",
);
const TRAILERS = oneOf('X-Sum: 1 | x-t: | Server-Timing: a;dur=1');
const CONTENTS = ['', 'a', 'hello', '0\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', '\r\n', '\u0000\u00ff'];
const BEHIND = ['', '', 'GET /next HTTP/1.1\r\nHost: web\r\n\r\n', '\r\n', '0\r\n\r\n', 'x'];

export function request(dice: Dice): string {
  const line = `${dice.pick(METHODS)} ${dice.pick(TARGETS)} ${dice.pick(VERSIONS)}`;
  return message([line, 'Host: web'], dice);
}

export const answer = (dice: Dice): string =>
  message([`${dice.pick(VERSIONS)} ${dice.pick(STATUSES)}`], dice);

/** With some fields, a content that they announce, and something behind it. */
function message(lines: readonly string[], dice: Dice): string {
  const fields = Array.from({ length: dice.below(4) }, () => dice.pick(FIELDS));
  const { framing, content } = framed(dice);
  fields.splice(dice.below(fields.length + 1), 0, ...framing);
  return `${[...lines, ...fields].join('\r\n')}\r\n\r\n${content}${dice.pick(BEHIND)}`;
}

function framed(dice: Dice): { readonly framing: readonly string[]; readonly content: string } {
  const content = dice.pick(CONTENTS);
  switch (dice.below(3)) {
    case 0:
      return { framing: [], content: '' };
    case 1:
      return { framing: [`Content-Length: ${content.length}`], content };
    default:
      return { framing: ['Transfer-Encoding: chunked'], content: chunked(dice) };
  }
}

export function chunked(dice: Dice): string {
  const parts = Array.from({ length: dice.below(4) }, () => dice.pick(CONTENTS));
  const chunks = parts
    .filter((part) => part !== '')
    .map((part) => `${sizeOf(part, dice)}\r\n${part}\r\n`);
  const trailers = Array.from({ length: dice.below(3) }, () => `${dice.pick(TRAILERS)}\r\n`);
  return `${chunks.join('')}0\r\n${trailers.join('')}\r\n`;
}

function sizeOf(part: string, dice: Dice): string {
  const digits = part.length.toString(16);
  return dice.pick([digits, digits, digits.toUpperCase(), digits.padStart(4, '0')]);
}

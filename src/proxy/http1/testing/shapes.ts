/** The shapes by which messages were made to mean two things; one character is one byte. */

const shapes = (list: string): readonly string[] => list.split(' | ');
const linesOf = (name: string, values: string): readonly string[] =>
  shapes(values).map((value) => `${name}:${value}`);

/** Lines that frame, route or name a hop in ways that parsers differ on. */
export const SMUGGLING_LINES: readonly string[] = [
  ...linesOf(
    'Transfer-Encoding',
    ' chunked |chunked | ,chunked | chunked, | xchunked | chunk | gzip, chunked | identity | "chunked"',
  ),
  ...linesOf(
    'transfer-encoding',
    ' chunked, chunked | chunked;a=b |  | \u000bchunked | chunked\u00a0 | \tCHUNKED | chunked\t',
  ),
  ...shapes(
    'Transfer-Encoding : chunked | Transfer-Encoding\u0000: chunked | Transfer_Encoding: chunked',
  ),
  ...linesOf(
    'Content-Length',
    ' 5 | 0 | 5, 5 | +5 | -1 | 0x5 | 5 5 | \u00b2 | 05 |  | 1e1 | 5; | \t5\t',
  ),
  ...linesOf('content-length', ' 99999999999999999999 | 9999999999999999 | 5\u00a0 | 5\u0000'),
  ...shapes(
    'Content-Length : 5 | Content_Length: 9 |  Transfer-Encoding: chunked | \tContent-Length: 5',
  ),
  ...linesOf(
    'Host',
    ' other |  | a b | web, other | web@other | web:80 | web:99999 | WEB | [::1] | ..',
  ),
  ...linesOf(
    'Connection',
    ' content-length | transfer-encoding | host, close | Upgrade |  | ,, | a b',
  ),
  ...linesOf('Upgrade', ' websocket | h2c'),
  ...linesOf('Expect', ' 200-ok |  | 100-continue, x'),
  ...shapes(
    'X | : x | X Y: z | X-Selvage-Peer: x |  | \t | GET /smuggled HTTP/1.1 | X:\u0000 | X\u00e9: 1',
  ),
];

/** What the size of a chunk may be mistaken for. */
export const SIZES: readonly string[] = shapes(
  '5;ext=1 | 5  |  5 | 5\t | 0x5 | +5 | -0 |  | 00000000005 | ffffffff | fffffffffffffffff | 5\r | 5\u0000 | ' +
    '5;a="\r\n" | 1_0 | 5, | 5\u000b | 0; | 00 | G | 5\n',
);

export const TARGETS: readonly string[] = [
  ...shapes('// | /a//b | /.. | /a/../b | /a/%2e%2E | /..;x/ | /a/. | /./a | /%2e | /.;/ | /...'),
  ...shapes('/a%2fb | /a%5cb | /a\\b | /%00 | /%7f | /#f | /% | /%4 | /%zz | /%c0%af | /%u002f'),
  ...shapes('/a b | /\u00e9 | /[ | /| | /" | /<> | /{} | /^ | /` |  | a | ?q | * | web:80'),
  ...shapes(
    'https://web/ | http:// | http://other/ | http://web#x | http:/web/ | http://a@web/ | //web/',
  ),
  `/${'a'.repeat(9_000)}`,
];

export const START_LINES: readonly string[] = [
  ...shapes(
    'GET  / HTTP/1.1 | GET / HTTP/1.1  | GET / HTTP/2.0 | GET / HTTP/1.2 | GET / | GET\t/\tHTTP/1.1',
  ),
  ...shapes(
    'CONNECT web:80 HTTP/1.1 | get / HTTP/1.1 | GET / http/1.1 | GET / HTTP/1.1x |  GET / HTTP/1.1',
  ),
  ...shapes(
    'G@T / HTTP/1.1 | PRI * HTTP/2.0 | GET / HTTP/01.1 | GET / HTTP/1.10 | X-METHOD / HTTP/1.1',
  ),
  ...shapes(
    'SOURCE /x ICE/1.0 | HTTP/1.1 99 x | HTTP/1.1 200OK | HTTP/1.1  200 OK | HTTP/1.1 600 x',
  ),
  ...shapes('ICY 200 OK | HTTP/1.1 20 | HTTP/1.1 150 x | HTTP/1.1\t200 OK | HTTP/1.1 200 O\u0000'),
  'HTTP/1.1 0200 OK',
];

export const LINE_ENDS: readonly string[] = [
  '\n',
  '\r',
  '',
  '\r\n\r\n',
  '\n\r',
  '\r\r\n',
  ' \r\n',
  '\r\n ',
  '\r\n\t',
];
export const ODD_BYTES: readonly string[] = [
  ...'\u0000\t\u000b\f\r\n \u007f\u0085\u00a0\u00ff"#%,;:/\\@_-0aA{}',
];

import type { Malformation } from '../../http/refusal.ts';

/** Messages that this proxy refuses and llhttp takes. */
export interface RefusedAlone {
  readonly name: string;
  readonly reason: Malformation;
  /** Which of those that are refused for this reason; all of them when left out. */
  readonly when?: RegExp;
  readonly example: string;
}

const get = (target: string, fields = 'Host: web\r\n'): string =>
  `GET ${target} HTTP/1.1\r\n${fields}\r\n`;
const post = (field: string, behind = '', version = '1.1'): string =>
  `POST / HTTP/${version}\r\nHost: web\r\n${field}\r\n\r\n${behind}`;
const CHUNKED = 'Transfer-Encoding: chunked';
const one = (name: string, reason: Malformation, example: string, when?: RegExp): RefusedAlone => ({
  name,
  reason,
  example,
  ...(when === undefined ? {} : { when }),
});

/** Of requests and answers alike; `message` makes one of a field line, what follows the head, and a version. */
const inFields = (
  message: (field: string, behind?: string, version?: string) => string,
): readonly RefusedAlone[] => [
  one('Connection names what a message is made of', 'bad-connection', message('Connection: host')),
  one('an expectation that is not known', 'bad-expectation', message('Expect: 200-ok')),
  one(
    'a length beyond 15 digits',
    'bad-content-length',
    message(`Content-Length: ${'0'.repeat(16)}`),
    /:[\t ]*\d{16}/,
  ),
  one(
    'a name that frames or routes for who takes _ for -',
    'bad-field',
    message('Content_Length: 1'),
    /^(?:content_length|transfer_encoding):/im,
  ),
  one('fields beyond the limit', 'too-many-fields', message('x: 1\r\n'.repeat(101).trimEnd())),
  one('a head beyond the limit', 'head-too-large', message(`X: ${'a'.repeat(70_000)}`)),
  one(
    'chunks in HTTP/1.0',
    'bad-transfer-encoding',
    message(CHUNKED, '0\r\n\r\n', '1.0'),
    /HTTP\/1\.0/,
  ),
  one(
    'another encoding than chunked alone',
    'bad-transfer-encoding',
    message('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'),
  ),
  one(
    'a chunk extension',
    'bad-chunk',
    message(CHUNKED, '1;a=b\r\nx\r\n0\r\n\r\n'),
    /\r\n[0-9a-f]+;/i,
  ),
  one(
    'a chunk size beyond the limit',
    'bad-chunk',
    message(CHUNKED, '000000001\r\nx\r\n0\r\n\r\n'),
    /\r\n[0-9a-f]{9}/i,
  ),
  one(
    'a trailer that frames, routes or identifies',
    'bad-chunk',
    message(CHUNKED, '0\r\nHost: a\r\n\r\n'),
    /\r\n0+\r\n[^\r]/,
  ),
];

/** Where servers, rules or caches are known to differ, llhttp leaves the choice to who uses it. This proxy refuses. */
export const REQUESTS_REFUSED_ALONE: readonly RefusedAlone[] = [
  one('a bare line feed before it', 'bad-request-line', `\n${get('/')}`, /^[\r\n]/),
  one('no version, as in HTTP/0.9', 'bad-request-line', 'GET /\r\n\r\n', /^\S+ +\S+ *\r?\n/),
  one('the same, with a bare line feed', 'bare-line-feed', 'GET /\n\r\n', /^\S+ +\S+ *\n/),
  one('two spaces', 'bad-request-line', 'GET  / HTTP/1.1\r\n\r\n', /^\S+ (?: |\S+ {2})/),
  one('another protocol', 'bad-request-line', 'SOURCE / ICE/1.0\r\n\r\n', /^\S+ \S+ ICE\//),
  one('another version', 'bad-version', 'GET / HTTP/2.0\r\nHost: web\r\n\r\n'),
  one('a form of target for other methods', 'bad-target', get('*')),
  one('a fragment', 'fragment-in-target', get('/#f')),
  one('a character of no path', 'bad-path', get('/[')),
  one('an empty segment', 'empty-segment', get('//a')),
  one('a dot segment', 'dot-segment', get('/a/%2e./b')),
  one('an encoded separator', 'encoded-separator', get('/a%2fb')),
  one('an encoded control character', 'encoded-control', get('/%00')),
  one('an encoding that is none', 'bad-encoding', get('/%zz')),
  one('a target beyond the limit', 'target-too-long', get(`/${'a'.repeat(9_000)}`)),
  one('no Host', 'missing-host', get('/', '')),
  one('two Hosts', 'duplicate-host', get('/', 'Host: web\r\nHost: web\r\n')),
  one('a Host that is none, or not the target’s', 'bad-host', get('http://other/')),
  ...inFields(post),
];

const answer = (field: string, behind = '', version = '1.1'): string =>
  `HTTP/${version} 200 OK\r\n${field}\r\n\r\n${behind}`;

export const ANSWERS_REFUSED_ALONE: readonly RefusedAlone[] = [
  one('an empty line before it', 'bad-status-line', `\r\n${answer('X: 1')}`, /^[\r\n]/),
  one('a status that is none', 'bad-status-line', 'HTTP/1.1 600 x\r\n\r\n', /^HTTP\/1\.\d [06-9]/),
  one('a control character in the phrase', 'bad-status-line', 'HTTP/1.1 200 \u0001\r\n\r\n'),
  one(
    'content with a status that has none',
    'bad-content-length',
    'HTTP/1.1 204 \r\nContent-Length: 1\r\n\r\n',
    /^HTTP\/1\.\d (?:1|204)/,
  ),
  one('two Hosts', 'duplicate-host', answer('Host: web\r\nHost: web')),
  ...inFields(answer),
];

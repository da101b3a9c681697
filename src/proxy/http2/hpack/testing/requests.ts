import fc from 'fast-check';
import type { Pair } from './blocks.ts';
import type { WantedRequest } from './nghttp2.ts';

/** Of other names both sides would have to judge alike; these are what an encoder treats in its own way. */
const SECRET_NAMES = ['authorization', 'cookie', 'x-api-key'];

const visible = fc.integer({ min: 0x21, max: 0x7e });
const above = fc.integer({ min: 0x80, max: 0xff });
const text = fc
  .array(fc.oneof({ weight: 9, arbitrary: visible }, { weight: 1, arbitrary: above }), {
    maxLength: 40,
  })
  .map((octets) => String.fromCharCode(...octets));

const value = fc.oneof(
  fc.constantFrom('', 'gzip', 'gzip, deflate', 'application/grpc', 'trailers'),
  fc.integer({ min: 0, max: 20 }).map((number) => `value ${number}`),
  fc.integer({ min: 40, max: 3000 }).map((length) => 'v'.repeat(length)),
  text,
);

const name = fc.oneof(
  fc.constantFrom('accept', 'accept-encoding', 'via', 'vary', 'user-agent', 'x-a', 'x-b'),
  fc.constantFrom('traceparent', 'x-request-id', ...SECRET_NAMES),
  fc.integer({ min: 0, max: 20 }).map((number) => `x-name-${number}`),
);

/** The fields of a request that nobody takes offence at, and which of them its sender holds secret. */
export interface Request {
  readonly pairs: readonly Pair[];
  readonly secret: readonly string[];
}

const request: fc.Arbitrary<Request> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    scheme: fc.constantFrom('http', 'https'),
    authority: fc.constantFrom('a', 'b.example', 'c.example:8080'),
    path: fc.oneof(
      fc.constantFrom('/', '/index.html', '/a'),
      fc.webPath().map((path) => `/${path}`),
    ),
    others: fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one, maxLength: 10 }),
  })
  .map(({ method, scheme, authority, path, others }) => ({
    pairs: [
      [':method', method],
      [':scheme', scheme],
      [':authority', authority],
      [':path', path],
      ...others,
    ],
    secret: others.map(([one]) => one).filter((one) => SECRET_NAMES.includes(one)),
  }));

/** Requests of one connection; a number is a new size for the reader's table, bytes. */
export const requests: fc.Arbitrary<readonly (Request | number)[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: request },
    { weight: 1, arbitrary: fc.constantFrom(0, 60, 300, 1000, 4096, 65_536) },
  ),
  { minLength: 5, maxLength: 20, size: 'max' },
);

export const wanted = ({ pairs, secret }: Request): WantedRequest => ({
  headers: Object.fromEntries(pairs),
  secret,
});

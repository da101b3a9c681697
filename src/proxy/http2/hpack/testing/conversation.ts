import fc from 'fast-check';
import type { Pair } from './blocks.ts';

/** Few names and values, so that much comes again, in the static table and out of it. */
const name = fc.oneof(
  fc.constantFrom(':method', ':path', ':status', 'accept', 'content-type', 'cookie', 'etag'),
  fc.constantFrom('x-a', 'x-b', 'x-ab', 'grpc-status', 'traceparent', 'x-request-id'),
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), minLength: 1, maxLength: 6 }),
);

/** Every octet may stand in a value; most values are short and come again. */
const value = fc.oneof(
  fc.constantFrom('', 'GET', '/', '200', 'gzip', 'application/grpc', 'true'),
  fc.integer({ min: 0, max: 30 }).map((number) => `value ${number}`),
  fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet).repeat(octet % 9)),
  fc.integer({ min: 0, max: 5000 }).map((length) => 'long '.repeat(length / 5)),
);

const pair: fc.Arbitrary<Pair> = fc.tuple(name, value);

/** What goes over one connection: field lists, and sizes of the table that the reader allows, bytes. */
export const conversation: fc.Arbitrary<readonly (readonly Pair[] | number)[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.array(pair, { maxLength: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 40, 100, 500, 2000, 4096, 65_536) },
  ),
  { maxLength: 20 },
);

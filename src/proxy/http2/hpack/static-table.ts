import { Field } from '../../http/field.ts';

/** RFC 7541 appendix A, from index 1 on. Entries of one name stand next to each other. */
const ENTRIES: readonly (readonly [name: string, value: string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];

/** The highest index of the static table; the dynamic one begins after it (RFC 7541 section 2.3.3). */
export const STATIC_ENTRIES = ENTRIES.length;

/** What stands at index 0, which means nothing, and in the empty slots of a dynamic table. */
export const NO_FIELD = new Field('', '');

/** The `encoderId` of a field that stands in the static table: that is the same for every encoder. */
export const STATIC_TABLE_ID = -1;

/** By index, from 1 on. Every connection of the process shares these objects. */
export const STATIC_FIELDS: readonly Field[] = [
  NO_FIELD,
  ...ENTRIES.map(([name, value], position) => {
    const field = new Field(name, value);
    field.encoderId = STATIC_TABLE_ID;
    field.encoderIndex = position + 1;
    return field;
  }),
];

import { alikeName } from './alike-name.ts';
import type { Field } from './field.ts';

/** What a field means to a proxy; `PLAIN` ones are only passed on. */
export const ROLE = {
  PLAIN: 1,
  /** Name or value is none (RFC 9110 sections 5.1 and 5.5, RFC 9113 section 8.2.1). */
  MALFORMED: 2,
  /** `:method` and the like, of HTTP/2. */
  PSEUDO: 3,
  HOST: 4,
  CONTENT_LENGTH: 5,
  TRANSFER_ENCODING: 6,
  CONNECTION: 7,
  UPGRADE: 8,
  EXPECT: 9,
  TE: 10,
  /** Between two neighbours only, and not passed on (RFC 9110 section 7.6.1). */
  HOP_BY_HOP: 11,
  /** Only sidecars may set it. */
  MESH: 12,
  COOKIE: 13,
  CONTENT_TYPE: 14,
  /** https://www.w3.org/TR/trace-context/ */
  TRACEPARENT: 15,
} as const;

/** Names that only sidecars may set. */
const MESH_PREFIX = 'x-selvage-';

const ROLES: ReadonlyMap<string, number> = new Map([
  ['host', ROLE.HOST],
  ['content-length', ROLE.CONTENT_LENGTH],
  ['transfer-encoding', ROLE.TRANSFER_ENCODING],
  ['connection', ROLE.CONNECTION],
  ['upgrade', ROLE.UPGRADE],
  ['expect', ROLE.EXPECT],
  ['te', ROLE.TE],
  ['keep-alive', ROLE.HOP_BY_HOP],
  ['proxy-connection', ROLE.HOP_BY_HOP],
  ['http2-settings', ROLE.HOP_BY_HOP],
  ['cookie', ROLE.COOKIE],
  ['content-type', ROLE.CONTENT_TYPE],
  ['traceparent', ROLE.TRACEPARENT],
]);

/** Tokens (RFC 9110 section 5.6.2), in lower case as all names are here. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** No control characters, and no white space at either end. */
const VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

/** One of {@link ROLE}; found out once for each field. */
export function roleOf(field: Field): number {
  if (field.role === 0) field.role = findRole(field);
  return field.role;
}

function findRole({ name, value }: Field): number {
  if (name.charCodeAt(0) === 0x3a) return ROLE.PSEUDO;
  if (!NAME.test(name) || !VALUE.test(value)) return ROLE.MALFORMED;
  const role = ROLES.get(name);
  if (role !== undefined) return role;
  const alike = alikeName(name);
  if (FRAMING.has(alike)) return ROLE.MALFORMED;
  return alike.startsWith(MESH_PREFIX) ? ROLE.MESH : ROLE.PLAIN;
}

/** Another spelling of these would frame or route for a server, and not for us. */
const FRAMING = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade']);

/** RFC 9110 section 6.5.1: fields that frame, route, authenticate or control. */
const NO_TRAILER = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** May this field follow the content? One that policies read may not: ask them too. */
export function isTrailer(field: Field): boolean {
  const role = roleOf(field);
  if (role === ROLE.MALFORMED || role === ROLE.PSEUDO || role === ROLE.MESH) return false;
  return !NO_TRAILER.has(field.name);
}

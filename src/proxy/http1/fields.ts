import { err, ok, type Result } from '../../core/index.ts';
import type { Malformation } from '../http/refusal.ts';
import { HEAD_FIELDS } from '../limits.ts';

/** Names that only sidecars may set. Servers that map '-' and '_' to one must not be fooled either. */
const MESH_PREFIX = 'x-selvage-';

/** The fields of one head, sorted into what is passed on and what is between two neighbours only. */
export interface Fields {
  /** End-to-end field lines, as they came, each with its line end; without Host and framing by chunks. */
  kept: string;
  host: string | undefined;
  /** Validated; its line is among those kept. */
  contentLength: number | undefined;
  chunked: boolean;
  close: boolean;
  keepAlive: boolean;
  /** `Upgrade`, lower case, when Connection names it. */
  upgrade: string | undefined;
  expectsContinue: boolean;
  /** `x-selvage-reason` and `x-selvage-retry`: to be believed from a verified sidecar only. */
  meshReason: string | undefined;
  meshRetry: string | undefined;
}

// RFC 9112 section 5 and RFC 9110 section 5.5, to the letter: no space before the colon, no folding,
// no bare CR or LF, no NUL or other control character. All lines and the empty one, in one match.
const FIELD_LINES = /(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n/y;
/** Names that {@link sort} knows beside those of the mesh. */
const KNOWN_NAMES = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'http2-settings',
];
/** By the code of a first letter: a bit for each length of a name that begins so. The other names are not even read. */
const KNOWN_LENGTHS = new Uint32Array(128);
for (const name of KNOWN_NAMES) {
  for (const initial of [name.charCodeAt(0), name.toUpperCase().charCodeAt(0)]) {
    KNOWN_LENGTHS[initial] = (KNOWN_LENGTHS[initial] ?? 0) | (1 << name.length);
  }
}
for (const initial of ['x', 'X']) KNOWN_LENGTHS[initial.charCodeAt(0)] = 0xffff_ffff; // the mesh's own

/** Reads the field lines of `head` from `from` to its empty line. */
export function readFields(head: string, from: number): Result<Fields, Malformation> {
  FIELD_LINES.lastIndex = from;
  if (!FIELD_LINES.test(head) || FIELD_LINES.lastIndex !== head.length) return err('bad-field');
  const fields = noFields();
  const listed: string[] = [];
  const end = head.length - 2; // the empty line's CRLF
  let runStart = from;
  let at = from;
  for (let count = 0; at < end; count++) {
    if (count === HEAD_FIELDS) return err('too-many-fields');
    const next = head.indexOf('\r', at) + 2; // no CR stands elsewhere, by the match above
    const lengths = KNOWN_LENGTHS[head.charCodeAt(at)] ?? 0;
    const colon = lengths === 0 ? at : head.indexOf(':', at);
    if (((lengths >>> Math.min(colon - at, 31)) & 1) === 1) {
      const name = head.slice(at, colon).toLowerCase();
      const verdict = sort(fields, listed, name, head.slice(colon + 1, next - 2));
      if (verdict === 'drop') {
        if (runStart < at) fields.kept += head.slice(runStart, at);
        runStart = next;
      } else if (verdict !== 'keep') {
        return err(verdict);
      }
    }
    at = next;
  }
  if (runStart < at) fields.kept += head.slice(runStart, at);
  if (fields.chunked && fields.contentLength !== undefined) return err('length-and-encoding');
  return applyConnection(fields, listed);
}

const noFields = (): Fields => ({
  kept: '',
  host: undefined,
  contentLength: undefined,
  chunked: false,
  close: false,
  keepAlive: false,
  upgrade: undefined,
  expectsContinue: false,
  meshReason: undefined,
  meshRetry: undefined,
});

/**
 * Without optional white space (RFC 9110 section 5.6.3). `trim` would take a no-break space for such
 * too, and a pattern for the end is quadratic in a value full of spaces.
 */
export function trimmed(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && isWhiteSpace(value.charCodeAt(from))) from += 1;
  while (to > from && isWhiteSpace(value.charCodeAt(to - 1))) to -= 1;
  return value.slice(from, to);
}

const isWhiteSpace = (code: number): boolean => code === 0x20 || code === 0x09;

/** What one field does; `keep`: it is passed on as it came. */
function sort(
  fields: Fields,
  listed: string[],
  name: string,
  rawValue: string,
): 'keep' | 'drop' | Malformation {
  switch (name) {
    case 'host':
      if (fields.host !== undefined) return 'duplicate-host';
      fields.host = trimmed(rawValue).toLowerCase();
      return 'drop';
    case 'content-length':
      if (fields.contentLength !== undefined) return 'duplicate-content-length';
      if (!/^[\t ]*\d{1,15}[\t ]*$/.test(rawValue)) return 'bad-content-length';
      fields.contentLength = Number(trimmed(rawValue));
      return 'keep';
    case 'transfer-encoding':
      if (fields.chunked || trimmed(rawValue).toLowerCase() !== 'chunked') {
        return 'bad-transfer-encoding';
      }
      fields.chunked = true;
      return 'drop';
    case 'connection':
      for (const token of rawValue.split(',')) listed.push(trimmed(token).toLowerCase());
      return 'drop';
    case 'upgrade':
      fields.upgrade = trimmed(rawValue).toLowerCase();
      return 'drop';
    case 'expect':
      if (trimmed(rawValue).toLowerCase() !== '100-continue') return 'bad-expectation';
      fields.expectsContinue = true;
      return 'keep';
    case 'keep-alive':
    case 'proxy-connection':
    case 'te':
    case 'http2-settings':
      return 'drop'; // RFC 9110 section 7.6.1; trailers are passed on whatever TE says
    default:
      return name.startsWith('x') && isMeshName(name) ? mesh(fields, name, rawValue) : 'keep';
  }
}

/** Is this a field that only sidecars may set? `name` in lower case. */
export const isMeshName = (name: string): boolean =>
  name.replaceAll('_', '-').startsWith(MESH_PREFIX);

function mesh(fields: Fields, name: string, value: string): 'drop' {
  if (name === 'x-selvage-reason') fields.meshReason = trimmed(value);
  if (name === 'x-selvage-retry') fields.meshRetry = trimmed(value);
  return 'drop';
}

/** RFC 9110 section 7.6.1: what Connection lists is for this hop alone, and is not passed on. */
function applyConnection(fields: Fields, listed: readonly string[]): Result<Fields, Malformation> {
  if (listed.length === 0) {
    fields.upgrade = undefined;
    return ok(fields);
  }
  const names = new Set(listed);
  fields.close = names.has('close');
  fields.keepAlive = names.has('keep-alive');
  if (!names.has('upgrade')) fields.upgrade = undefined;
  for (const known of ['', 'close', 'keep-alive', 'upgrade', 'te', 'http2-settings']) {
    names.delete(known);
  }
  // A message whose length or address is for one hop only has two meanings.
  for (const vital of ['host', 'content-length', 'transfer-encoding', 'content-type', 'trailer']) {
    if (names.has(vital)) return err('bad-connection');
  }
  if (names.size > 0) {
    const lines = fields.kept.split(/(?<=\r\n)/);
    fields.kept = lines
      .filter((line) => !names.has(line.slice(0, line.indexOf(':')).toLowerCase()))
      .join('');
  }
  return ok(fields);
}

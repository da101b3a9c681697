import { err, ok, type Result } from '../../core/index.ts';
import { TARGET_BYTES } from '../limits.ts';
import type { Malformation } from './refusal.ts';

/** A request target that has one meaning, as it is decided on and as it is forwarded. */
export interface Target {
  /** Path and query. */
  readonly text: string;
  readonly path: string;
  /** Of the absolute form; must be the Host's. */
  readonly authority?: string;
}

// RFC 3986 section 3.3: segments of pchar without percent-encoding, none empty but the last, none
// '.' or '..' (also not with path parameters, '..;x', which some servers cut off first).
const PLAIN_PATH =
  /^\/(?:(?!\.\.?(?:[;/]|$))[A-Za-z0-9\-._~!$&'()*+,;=:@]+(?:\/(?!\.\.?(?:[;/]|$))[A-Za-z0-9\-._~!$&'()*+,;=:@]+)*\/?)?$/;
// Any visible character of ASCII, which is what applications take: but not what ends a target or a line in HTTP/1.1.
const QUERY = /^[\x21-\x7e]*$/;
const PCHAR = /[A-Za-z0-9\-._~!$&'()*+,;=:@/]/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;
const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;

/**
 * Reads a request target (RFC 9112 section 3.2): origin form, absolute form with `http`, and `*` for
 * OPTIONS. Percent-encoded unreserved characters are decoded and other encodings upper-cased, which
 * RFC 3986 section 6.2.2 calls equivalent; what a server might read as another path (`//`, `.`, `..`,
 * `%2F`, `%5C`, `\`, control characters) is refused, never repaired.
 */
export function readTarget(method: string, raw: string): Result<Target, Malformation> {
  if (raw.length > TARGET_BYTES) return err('target-too-long');
  if (method === 'CONNECT') return err('bad-target'); // no tunnels through the mesh to anywhere
  if (raw.includes('#')) return err('fragment-in-target');
  if (raw.startsWith('/')) return originForm(raw);
  if (raw === '*') return method === 'OPTIONS' ? ok({ text: raw, path: raw }) : err('bad-target');
  const absolute = /^http:\/\/([^/?@]+)([/?].*)?$/i.exec(raw);
  if (absolute?.[1] === undefined) return err('bad-target'); // authority form is for CONNECT alone
  const rest = absolute[2] ?? '';
  const target = originForm(rest.startsWith('/') ? rest : `/${rest}`);
  return target.ok ? ok({ ...target.value, authority: absolute[1] }) : target;
}

function originForm(raw: string): Result<Target, Malformation> {
  const mark = raw.indexOf('?');
  const rawPath = mark < 0 ? raw : raw.slice(0, mark);
  if (mark >= 0 && !QUERY.test(raw.slice(mark))) return err('bad-target');
  if (PLAIN_PATH.test(rawPath)) return ok({ text: raw, path: rawPath });
  const path = normalPath(rawPath);
  if (!path.ok) return path;
  return ok({ text: mark < 0 ? path.value : path.value + raw.slice(mark), path: path.value });
}

function normalPath(raw: string): Result<string, Malformation> {
  let path = '';
  for (let at = 0; at < raw.length; at++) {
    const char = raw.charAt(at);
    if (char !== '%') {
      if (!PCHAR.test(char)) return err('bad-path');
      path += char;
      continue;
    }
    const digits = raw.slice(at + 1, at + 3);
    if (!HEX_PAIR.test(digits)) return err('bad-encoding');
    const code = Number.parseInt(digits, 16);
    const decoded = String.fromCharCode(code);
    if (decoded === '/' || decoded === '\\') return err('encoded-separator');
    if (code < 0x20 || code === 0x7f) return err('encoded-control');
    path += UNRESERVED.test(decoded) ? decoded : `%${digits.toUpperCase()}`;
    at += 2;
  }
  if (path.includes('//')) return err('empty-segment');
  if (/\/\.\.?(?:[;/]|$)/.test(path)) return err('dot-segment');
  return ok(path);
}

import { err, ok, type Result } from '../../core/index.ts';
import type { Malformation } from '../http/refusal.ts';
import { readTarget } from '../http/target.ts';
import { readFields } from './fields.ts';

export { headEnd } from './head-end.ts';

/** How long a body is: so many bytes, in chunks, or until the connection ends (RFC 9112 section 6.3). */
export type BodyLength = number | 'chunked' | 'until-close';

/** A request that can be read in one way only. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, normalised: what is decided on is what is forwarded. */
  readonly target: string;
  readonly path: string;
  /** Lower case; empty when an HTTP/1.0 client sent none. */
  readonly host: string;
  readonly minor: 0 | 1;
  /** Lines that are passed on: without Host, framing by chunks, hop-by-hop and mesh-only fields. */
  readonly fields: string;
  readonly body: Exclude<BodyLength, 'until-close'>;
  readonly keepAlive: boolean;
  /** The only protocol that is switched to: anything else would escape the rules per request. */
  readonly upgrade: 'websocket' | undefined;
}

export interface ResponseHead {
  readonly minor: 0 | 1;
  readonly status: number;
  readonly phrase: string;
  readonly fields: string;
  /** As the fields say; which of them counts depends on the request too ({@link bodyOf}). */
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: string | undefined;
  readonly meshReason: string | undefined;
  readonly meshRetry: string | undefined;
}

const REQUEST_LINE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)\r\n/y;
const STATUS_LINE = /HTTP\/1\.([01]) ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n/y;
// RFC 3986 section 3.2.2 without percent-encoding and sub-delimiters, which no host name has.
const HOST = /^(?:[a-z0-9_](?:[a-z0-9._-]*)|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Reads a request head (RFC 9112 section 3): all of it, with its empty line, as Latin-1. */
export function readRequestHead(head: string): Result<RequestHead, Malformation> {
  REQUEST_LINE.lastIndex = 0;
  const line = REQUEST_LINE.exec(head);
  if (line === null) return err('bad-request-line');
  const [, method = '', rawTarget = '', major, minor] = line;
  if (major !== '1' || (minor !== '0' && minor !== '1')) return err('bad-version');
  const target = readTarget(method, rawTarget);
  if (!target.ok) return target;
  const read = readFields(head, REQUEST_LINE.lastIndex);
  if (!read.ok) return read;
  const fields = read.value;
  const old = minor === '0';
  if (fields.host === undefined && !old) return err('missing-host');
  if (fields.host !== undefined && !HOST.test(fields.host)) return err('bad-host');
  const { authority } = target.value;
  if (authority !== undefined && authority.toLowerCase() !== fields.host) return err('bad-host');
  if (fields.chunked && old) return err('bad-transfer-encoding'); // RFC 9112 section 6.1
  const body = fields.chunked ? 'chunked' : (fields.contentLength ?? 0);
  const upgrades = fields.upgrade === 'websocket' && method === 'GET' && body === 0 && !old;
  return ok({
    method,
    target: target.value.text,
    path: target.value.path,
    host: fields.host ?? '',
    minor: old ? 0 : 1,
    fields: fields.kept,
    body,
    keepAlive: !fields.close && !old,
    upgrade: upgrades ? 'websocket' : undefined,
  });
}

/** Reads a response head (RFC 9112 section 4): all of it, with its empty line, as Latin-1. */
export function readResponseHead(head: string): Result<ResponseHead, Malformation> {
  STATUS_LINE.lastIndex = 0;
  const line = STATUS_LINE.exec(head);
  if (line === null) return err('bad-status-line');
  const read = readFields(head, STATUS_LINE.lastIndex);
  if (!read.ok) return read;
  const fields = read.value;
  const old = line[1] === '0';
  if (fields.chunked && old) return err('bad-transfer-encoding');
  return ok({
    minor: old ? 0 : 1,
    status: Number(line[2]),
    phrase: line[3] ?? '',
    fields: fields.kept,
    contentLength: fields.contentLength,
    chunked: fields.chunked,
    keepAlive: old ? fields.keepAlive : !fields.close,
    upgrade: fields.upgrade,
    meshReason: fields.meshReason,
    meshRetry: fields.meshRetry,
  });
}

/** RFC 9112 section 6.3, for the answer to a request with this method. */
export function bodyOf(head: ResponseHead, method: string): BodyLength {
  const { status, chunked, contentLength } = head;
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 0;
  return chunked ? 'chunked' : (contentLength ?? 'until-close');
}

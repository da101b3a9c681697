import { err, ok, type Result } from '../../core/index.ts';
import type { RequestHead } from '../http/message.ts';
import type { Malformation } from '../http/refusal.ts';
import { readTarget } from '../http/target.ts';
import type { ContentLength } from './content-reader.ts';
import { FieldLines } from './field-lines.ts';
import { readHeadFields } from './head-fields.ts';

/** A request's head, and what it says about its connection. */
export interface Http1Request {
  readonly head: RequestHead;
  readonly minor: 0 | 1;
  readonly content: ContentLength;
  /** Its sender wants to send others after it. */
  readonly keepAlive: boolean;
}

/** Of all connections. */
const lines = new FieldLines();

const REQUEST_LINE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/(\d)\.(\d)\r\n/y;
// RFC 3986 section 3.2.2 without percent-encoding and sub-delimiters, which no host name has.
const HOST = /^(?:[a-z0-9_](?:[a-z0-9._-]*)|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Reads a request's head (RFC 9112 section 3): all of it, with its empty line, as Latin-1. */
export function readRequestHead(text: string): Result<Http1Request, Malformation> {
  REQUEST_LINE.lastIndex = 0;
  const line = REQUEST_LINE.exec(text);
  if (line === null) return err('bad-request-line');
  const [, method = '', rawTarget = '', major, minor] = line;
  if (major !== '1' || (minor !== '0' && minor !== '1')) return err('bad-version');
  const target = readTarget(method, rawTarget);
  if (!target.ok) return target;
  const read = readHeadFields(text, REQUEST_LINE.lastIndex, lines);
  if (!read.ok) return read;
  const fields = read.value;
  const { host, contentLength: length } = fields;
  const old = minor === '0';
  if (host === undefined && !old) return err('missing-host');
  if (host !== undefined && !HOST.test(host)) return err('bad-host');
  const { authority } = target.value;
  if (authority !== undefined && authority.toLowerCase() !== host) return err('bad-host');
  if (fields.chunked && old) return err('bad-transfer-encoding'); // RFC 9112 section 6.1
  const content = fields.chunked ? 'chunked' : (length ?? 0);
  const upgrades = fields.upgrade === 'websocket' && method === 'GET' && content === 0 && !old;
  const head: RequestHead = {
    method,
    target: target.value.text,
    path: target.value.path,
    host: host ?? '',
    fields: fields.kept,
    length,
    upgrade: upgrades ? 'websocket' : undefined,
  };
  return ok({ head, minor: old ? 0 : 1, content, keepAlive: !fields.close && !old });
}

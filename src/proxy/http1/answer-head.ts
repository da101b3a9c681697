import { err, ok, type Result } from '../../core/index.ts';
import type { ResponseHead } from '../http/message.ts';
import type { Malformation } from '../http/refusal.ts';
import type { ContentLength } from './content-reader.ts';
import { FieldLines } from './field-lines.ts';
import { readHeadFields } from './head-fields.ts';

/** An answer's head, and what it says about its connection. */
export interface Http1Answer {
  readonly head: ResponseHead;
  readonly content: ContentLength;
  /** Its sender would answer others after it. */
  readonly keepAlive: boolean;
  readonly upgrade: string | undefined;
}

/** Of all connections. */
const lines = new FieldLines();

const STATUS_LINE = /HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/y;

/** Reads the head of an answer to `method` (RFC 9112 section 4): all of it, with its empty line, as Latin-1. */
export function readAnswerHead(text: string, method: string): Result<Http1Answer, Malformation> {
  STATUS_LINE.lastIndex = 0;
  const line = STATUS_LINE.exec(text);
  if (line === null) return err('bad-status-line');
  const read = readHeadFields(text, STATUS_LINE.lastIndex, lines);
  if (!read.ok) return read;
  const fields = read.value;
  const { contentLength: length, chunked } = fields;
  const status = Number(line[2]);
  const old = line[1] === '0';
  if (chunked && old) return err('bad-transfer-encoding');
  // RFC 9112 section 6.3: these have no content, and one that says otherwise would be read in two ways.
  if ((status < 200 || status === 204) && (chunked || (length ?? 0) > 0)) {
    return err('bad-content-length');
  }
  return ok({
    head: { status, fields: fields.kept, length, meshReason: undefined, meshRetry: undefined },
    content: isWithoutContent(status, method) ? 0 : chunked ? 'chunked' : (length ?? 'until-close'),
    keepAlive: old ? fields.keepAlive : !fields.close,
    upgrade: fields.upgrade,
  });
}

/** RFC 9112 section 6.3: does the answer to `method` end with its head, whatever its fields say? */
export const isWithoutContent = (status: number, method: string): boolean =>
  method === 'HEAD' || status < 200 || status === 204 || status === 304;

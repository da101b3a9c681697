import type { Field } from '../http/field.ts';
import { ROLE, roleOf } from '../http/field-role.ts';
import type { RequestHead } from '../http/message.ts';
import { type Framing, linesOf } from './message-writer.ts';

/** How the content of a request is framed. A tunnel has none before it is open. */
export const requestFraming = ({ upgrade, length }: RequestHead, ended: boolean): Framing =>
  ended || upgrade !== undefined ? 'none' : length === undefined ? 'chunked' : 'raw';

/** Servers may want a length of these even where there is nothing (RFC 9110 section 8.6). */
const EXPECTED_CONTENT: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** The head, with its empty line. */
export function requestText(
  { method, target, host, fields, length, upgrade }: RequestHead,
  added: readonly Field[],
  framing: Framing,
): string {
  const start = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n`;
  const text = start + requestLines(fields) + linesOf(added);
  if (upgrade !== undefined) return `${text}connection: upgrade\r\nupgrade: ${upgrade}\r\n\r\n`;
  if (framing === 'chunked') return `${text}transfer-encoding: chunked\r\n\r\n`;
  const unsaid = framing === 'none' && length === undefined && EXPECTED_CONTENT.has(method);
  return unsaid ? `${text}content-length: 0\r\n\r\n` : `${text}\r\n`;
}

/** Cookies that came one by one are one field (RFC 9113 section 8.2.3). */
function requestLines(fields: readonly Field[]): string {
  let lines = '';
  let cookies = '';
  for (const field of fields) {
    if (roleOf(field) !== ROLE.COOKIE) lines += field.line;
    else cookies += cookies === '' ? field.value : `; ${field.value}`;
  }
  return cookies === '' ? lines : `${lines}cookie: ${cookies}\r\n`;
}

import type { Field } from '../http/field.ts';
import { ROLE, roleOf } from '../http/field-role.ts';
import type { ResponseHead } from '../http/message.ts';
import { isWithoutContent } from './answer-head.ts';
import { type Framing, linesOf } from './message-writer.ts';
import type { Http1Request } from './request-head.ts';
import { statusLine } from './status-line.ts';
import { missingAccept } from './websocket.ts';

/** An answer as the client that sent `request` can read it. `ended`: it has no content. */
export function answerFraming(
  { status, length }: ResponseHead,
  { head, minor }: Http1Request,
  ended: boolean,
): Framing {
  if (ended || isWithoutContent(status, head.method)) return 'none';
  return length === undefined && minor === 1 ? 'chunked' : 'raw';
}

/** The head, with its empty line. `keeps`: the client may send another request. */
export function answerText(
  answer: ResponseHead,
  added: readonly Field[],
  request: Http1Request,
  framing: Framing,
  keeps: boolean,
): string {
  const { status, fields, length } = answer;
  let text =
    statusLine(status) + linesOf(status === 204 ? withoutLength(fields) : fields) + linesOf(added);
  if (framing === 'chunked') {
    text += 'transfer-encoding: chunked\r\n';
  } else if (framing === 'none' && length === undefined) {
    // Without it the client would wait for the connection's end (RFC 9112 section 6.3).
    if (!isWithoutContent(status, request.head.method)) text += 'content-length: 0\r\n';
  }
  return keeps ? `${text}\r\n` : `${text}connection: close\r\n\r\n`;
}

/** The head of an answer to what could not be read. */
export const lastAnswerText = ({ status, fields }: ResponseHead): string =>
  `${statusLine(status)}${linesOf(fields)}connection: close\r\n\r\n`;

/** An informational answer, with its empty line. */
export const informationText = ({ status, fields }: ResponseHead): string =>
  `${statusLine(status)}${linesOf(withoutLength(fields))}\r\n`;

/** The answer that opens a WebSocket (RFC 6455 section 4.2.2). */
export function switchingText(
  { fields }: ResponseHead,
  added: readonly Field[],
  { head }: Http1Request,
): string {
  const accept = missingAccept(head.fields, fields)?.line ?? '';
  const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\n';
  return `${statusLine(101)}${linesOf(withoutLength(fields))}${linesOf(added)}${accept}${upgrade}\r\n`;
}

/** RFC 9110 section 8.6: no informational answer has a length, nor has 204, though HTTP/2 lets one pass. */
const withoutLength = (fields: readonly Field[]): readonly Field[] =>
  fields.filter((field) => roleOf(field) !== ROLE.CONTENT_LENGTH);

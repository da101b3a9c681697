import { test } from 'bun:test';
import { FUZZ_INPUTS } from '../testing/run-size.ts';
import { type Http1Answer, readAnswerHead } from './answer-head.ts';
import { answerFraming, answerText } from './answer-text.ts';
import type { Framing } from './message-writer.ts';
import { type Http1Request, readRequestHead } from './request-head.ts';
import { requestFraming, requestText } from './request-text.ts';
import { Dice, difference, KINDS, type Kind, type Reading } from './testing/index.ts';

const SEED = 11_202_026;
/** On a busy machine. */
const INPUTS_PER_SECOND = 5_000;
const TIMEOUT_MS = 5_000 + (FUZZ_INPUTS / INPUTS_PER_SECOND) * 1_000;

const GET = readRequestHead('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
const [REQUESTS, , ANSWERS] = KINDS;

/** The content as this framing carries it. */
function framed({ content, trailers }: Reading, framing: Framing): string {
  if (framing !== 'chunked') return framing === 'raw' ? content : '';
  const chunk = content === '' ? '' : `${content.length.toString(16)}\r\n${content}\r\n`;
  return `${chunk}0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** 204 is forwarded without the length of nothing that it may have come with. */
const answerFields = ({ start, fields }: Reading): Reading['fields'] =>
  'status' in start && start.status === 204
    ? fields.filter(([name]) => name !== 'content-length')
    : fields;

/** Its fields as they are forwarded: cookies in one, and the length of a content that is not there where it is missed. */
function requestFields({ start, fields, length }: Reading): Reading['fields'] {
  const cookies = fields.flatMap(([name, value]) => (name === 'cookie' ? [value] : []));
  const forwarded = fields.filter(([name]) => name !== 'cookie');
  if (cookies.length > 0) forwarded.push(['cookie', cookies.join('; ')]);
  const isMissed = 'method' in start && ['POST', 'PUT', 'PATCH'].includes(start.method);
  const isSaid = length !== 0 || fields.some(([name]) => name === 'content-length');
  if (isMissed && !isSaid) forwarded.push(['content-length', '0']);
  return forwarded;
}

const meaning = ({ start, fields, content, trailers, end }: Reading): string =>
  JSON.stringify([start, fields, content, trailers, end]);

/** Every message that is accepted, written anew by `forward`, is read as it was, to its last byte. */
function survives(
  kind: Kind | undefined,
  forward: (
    head: string,
    message: Reading,
  ) => { text: string; fields: Reading['fields'] } | undefined,
): void {
  if (kind === undefined) throw new Error('there is no such kind of message');
  const dice = new Dice(SEED);
  for (let count = 0; count < FUZZ_INPUTS; count++) {
    const bytes = Buffer.from(kind.make(dice), 'latin1');
    const read = kind.reads(bytes);
    if (read.kind === 'refused' || read.message === undefined) continue;
    const { message } = read;
    if (read.kind === 'incomplete' && message.length !== 'until-close') continue;
    const text = bytes.toString('latin1').replace(/^(?:\r\n)+/, '');
    const written = forward(text.slice(0, text.indexOf('\r\n\r\n') + 4), message);
    if (written === undefined) continue;
    const forwarded = Buffer.from(written.text, 'latin1');
    const again = kind.reads(forwarded);
    // What says how it is framed now is one field more.
    if (again.kind === 'refused' && again.reason === 'too-many-fields') continue;
    const expected = meaning({ ...message, fields: written.fields, end: forwarded.length });
    const isSame = again.kind === 'message' && meaning(again.message) === expected;
    const differs = isSame ? difference(again, kind.llhttp(forwarded)) : 'it is read differently';
    if (differs !== undefined) throw new Error(`${JSON.stringify(written.text)}: ${differs}`);
  }
}

test(
  'a request that was accepted reads the same where it is forwarded, for llhttp too',
  () => {
    survives(REQUESTS, (head, message) => {
      const read = readRequestHead(head);
      if (!read.ok || read.value.head.host === '') return undefined; // it gets one from its listener
      const request: Http1Request = read.value;
      const framing = requestFraming(request.head, request.content === 0);
      const text = requestText(request.head, [], framing) + framed(message, framing);
      return { text, fields: requestFields(message) };
    });
  },
  TIMEOUT_MS,
);

test(
  'an answer that was accepted reads the same where it is forwarded, for llhttp too',
  () => {
    survives(ANSWERS, (head, message) => {
      const read = readAnswerHead(head, 'GET');
      if (!read.ok || !GET.ok || read.value.head.status < 200) return undefined;
      const answer: Http1Answer = read.value;
      const framing = answerFraming(answer.head, GET.value, answer.content === 0);
      const text = answerText(answer.head, [], GET.value, framing, true) + framed(message, framing);
      return { text, fields: answerFields(message) };
    });
  },
  TIMEOUT_MS,
);

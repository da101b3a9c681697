import { readTarget } from '../../http/target.ts';
import type { LlhttpMessage, LlhttpOutcome } from './llhttp.ts';
import type { Outcome, Reading } from './reading.ts';

const PECULIARITIES: readonly RegExp[] = [
  // RFC 9110 section 5.5: tabs around a value are no part of it.
  /^(?:content-length|transfer-encoding|connection):.*\t/im,
  // RFC 9110 section 15.2: no informational answer has content; it knows 100 to 103 only.
  /^HTTP\/1\.\d 1(?!0[0-3])/,
  // RFC 9112 section 2.2: a bare CR ends no line; there it ends the status line.
  /^HTTP\/1\.\d \d{3}[^\r\n]*\r\r/,
];
/** RFC 9110 section 9.1: any token is a method; policies know what they do not know as `OTHER`. */
const UNKNOWN_METHOD = 'HPE_INVALID_METHOD';

/** Fields that end at a hop, or that this proxy writes anew. */
const NOT_PASSED_ON =
  /^(?:host|transfer-encoding|connection|upgrade|keep-alive|proxy-connection|te|http2-settings|x[-_]selvage[-_].*)$/;

/** Does llhttp not read it as the specifications say? */
export const isPeculiarToLlhttp = (text: string): boolean =>
  PECULIARITIES.some((pattern) => pattern.test(text));

/** In which way two readings of one message differ that must not; undefined when they agree. */
export function difference(ours: Outcome, theirs: LlhttpOutcome): string | undefined {
  if (ours.kind === 'refused') return undefined;
  if (!theirs.ok) {
    // What is bad in a message that is not whole, it may say earlier.
    if (ours.kind === 'incomplete' || theirs.error === UNKNOWN_METHOD) return undefined;
    return `llhttp refuses it: ${theirs.error}`;
  }
  const { message } = ours;
  if (message === undefined) {
    return theirs.message.end === undefined ? undefined : 'llhttp has seen its end';
  }
  return unequal(message, theirs.message, ours.kind === 'message' ? message.end : undefined);
}

function unequal(
  ours: Reading,
  theirs: LlhttpMessage,
  end: number | undefined,
): string | undefined {
  if (theirs.end !== end) return `it ends at ${end}, for llhttp at ${theirs.end}`;
  if (theirs.content !== ours.content) return `its content is ${theirs.content} for llhttp`;
  if (theirs.untilClose !== (ours.length === 'until-close')) return 'its framing differs';
  const closes = end !== undefined && !theirs.keepAlive && !hasProxyConnection(theirs);
  if (ours.keepAlive && closes) return 'llhttp closes the connection behind it';
  return unequalStart(ours, theirs) ?? unequalFields(ours, theirs);
}

function unequalStart({ start }: Reading, theirs: LlhttpMessage): string | undefined {
  if ('status' in start) {
    return theirs.status === start.status ? undefined : `its status is ${theirs.status} for llhttp`;
  }
  const target = readTarget(theirs.method, theirs.url);
  const hosts = theirs.fields.flatMap(([name, value]) =>
    name === 'host' ? [value.toLowerCase()] : [],
  );
  if (theirs.method !== start.method) return `its method is ${theirs.method} for llhttp`;
  if (!target.ok || target.value.text !== start.target)
    return `its target is ${theirs.url} for llhttp`;
  return (hosts[0] ?? '') === start.host && hosts.length < 2 ? undefined : `its hosts are ${hosts}`;
}

/** llhttp takes it for Connection, which RFC 9112 appendix C.2.2 advises against. */
const hasProxyConnection = ({ fields }: LlhttpMessage): boolean =>
  fields.some(([name]) => name === 'proxy-connection');

/** Ours are llhttp's, in the same order, but for those that end here. */
function unequalFields({ fields, trailers }: Reading, theirs: LlhttpMessage): string | undefined {
  const listed = theirs.fields
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.split(','))
    .map((option) => option.replace(/^[\t ]+|[\t ]+$/g, '').toLowerCase());
  const passed = theirs.fields.filter(
    ([name]) => !NOT_PASSED_ON.test(name) && !listed.includes(name),
  );
  const [own, other] = [
    JSON.stringify([fields, trailers]),
    JSON.stringify([passed, theirs.end === undefined ? trailers : theirs.trailers]),
  ];
  return own === other ? undefined : `its fields are ${other} for llhttp`;
}

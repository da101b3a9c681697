import { decode } from 'dns-packet';
import { err, ok, type Result } from '../core/index.ts';
import { PLAIN_UDP_BYTES, QUESTION_BYTES, UDP_ANSWER_BYTES } from './limits.ts';

/** Bytes before the question (RFC 1035 section 4.1.1). */
export const HEADER_BYTES = 12;

export const RCODE = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const;
export type Rcode = (typeof RCODE)[keyof typeof RCODE];

/** What a program asks. */
export interface Question {
  /** As it came: what is answered, or handed on. */
  readonly bytes: Uint8Array;
  /** The name asked for, in lower case (names have no case, RFC 4343). */
  readonly labels: readonly string[];
  /** `A`, `AAAA`, …; `UNKNOWN_n` for those that have no name here. */
  readonly type: string;
  readonly class: string;
  /** Name, type and class as they came. */
  readonly asked: Uint8Array;
  /** RFC 6891; undefined when the asker does not speak it. */
  readonly edns: { readonly version: number; readonly payloadBytes: number } | undefined;
}

/** Why there is no question in a message: `silent` for what must not be answered at all. */
export type NoQuestion = 'silent' | { readonly rcode: Rcode };

const RESPONSE = 0x80;
const OPCODE = 0x78;

/** Reads what came from a program of this host. */
export function readQuestion(bytes: Uint8Array): Result<Question, NoQuestion> {
  if (bytes.length < HEADER_BYTES || bytes.length > QUESTION_BYTES) return err('silent');
  const [, , flags = 0] = bytes;
  if ((flags & RESPONSE) !== 0) return err('silent'); // answered, it would come back for ever
  if ((flags & OPCODE) !== 0) return err({ rcode: RCODE.notImplemented });
  const name = asksOnce(bytes) ? readName(bytes) : undefined;
  const message = name === undefined ? undefined : decoded(bytes);
  const asked = message?.questions?.[0];
  if (name === undefined || message === undefined || asked === undefined) {
    return err({ rcode: RCODE.formatError });
  }
  const option = message.additionals?.find((record) => record.type === 'OPT');
  const edns =
    option?.type === 'OPT'
      ? { version: option.ednsVersion, payloadBytes: option.udpPayloadSize }
      : undefined;
  return ok({
    bytes,
    labels: name.labels,
    type: asked.type,
    class: asked.class ?? 'IN',
    asked: bytes.subarray(HEADER_BYTES, name.end + 4),
    edns,
  });
}

/** A question stands alone, beside it at most EDNS and a signature; checked before anything is made of the counts. */
function asksOnce(bytes: Uint8Array): boolean {
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) =>
    header.getUint16(at),
  );
  return questions === 1 && answers === 0 && authorities === 0 && Number(additionals) <= 2;
}

/** The first name of a message: nothing stands before it, so it is written out (RFC 1035 section 4.1.4). */
function readName(bytes: Uint8Array): { labels: string[]; end: number } | undefined {
  const labels: string[] = [];
  for (let at = HEADER_BYTES; ; ) {
    const length = bytes[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) return { labels, end: at };
    labels.push(
      Buffer.from(bytes.subarray(at, at + length))
        .toString('latin1')
        .toLowerCase(),
    );
    at += length;
  }
}

function decoded(bytes: Uint8Array): ReturnType<typeof decode> | undefined {
  try {
    return decode(Buffer.from(bytes));
  } catch {
    return undefined; // the library throws for every malformed message: it is answered as one
  }
}

/** How long an answer over UDP may be, bytes (RFC 6891 section 6.2.3). */
export const udpBytesFor = ({ edns }: Question): number =>
  Math.min(UDP_ANSWER_BYTES, Math.max(PLAIN_UDP_BYTES, edns?.payloadBytes ?? 0));

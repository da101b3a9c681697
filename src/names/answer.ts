import { type Answer as DnsRecord, encode } from 'dns-packet';
import { UDP_ANSWER_BYTES } from './limits.ts';
import { HEADER_BYTES, type Question, RCODE, type Rcode, udpBytesFor } from './question.ts';

/** What is answered to a question, before it is bytes. */
export interface Answer {
  readonly rcode: Rcode;
  /** Given by the one who decides over the name, and not from hearsay. */
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

export const plainAnswer = (rcode: Rcode): Answer => ({
  rcode,
  authoritative: false,
  answers: [],
  authorities: [],
  additionals: [],
});

/** Bits of the header's third and fourth byte (RFC 1035 section 4.1.1). */
const FLAG = {
  authoritative: 0x0400,
  truncated: 0x0200,
  wanted: 0x0100,
  available: 0x0080,
} as const;
/** RFC 6891 section 9: version 0 alone is known. Its upper eight bits travel in EDNS. */
const BAD_VERSION_HIGH = 1;

/** The bytes of an answer, with the question as it was asked. */
export function encodeAnswer(question: Question, answer: Answer): Uint8Array {
  const { edns, asked } = question;
  const isKnown = edns === undefined || edns.version === 0;
  const said = isKnown ? answer : plainAnswer(RCODE.noError);
  const option = edns === undefined ? [] : [ednsOption(isKnown ? 0 : BAD_VERSION_HIGH)];
  const message = encode({
    type: 'response',
    id: idOf(question.bytes),
    flags: flagsOf(question) | (said.authoritative ? FLAG.authoritative : 0) | said.rcode,
    answers: [...said.answers],
    authorities: [...said.authorities],
    additionals: [...said.additionals, ...option],
  });
  message.writeUInt16BE(1, 4); // one question, put in below byte for byte as it came
  return Buffer.concat([message.subarray(0, HEADER_BYTES), asked, message.subarray(HEADER_BYTES)]);
}

/** What is answered to bytes in which there is no question: their header, and what is wrong. */
export function encodeRefusal(bytes: Uint8Array, rcode: Rcode): Uint8Array {
  const opcode = ((bytes[2] ?? 0) & 0x78) << 8;
  return encode({ type: 'response', id: idOf(bytes), flags: opcode | rcode });
}

/** `answer` as it may travel over UDP: what is too long goes without what it says, and is asked for again over TCP. */
export function fitForUdp(question: Question, answer: Uint8Array): Uint8Array {
  if (answer.length <= udpBytesFor(question)) return answer;
  const header = Buffer.alloc(HEADER_BYTES);
  header.set(answer.subarray(0, 4));
  header.writeUInt16BE(header.readUInt16BE(2) | FLAG.truncated, 2);
  header.writeUInt16BE(1, 4);
  return Buffer.concat([header, question.asked]);
}

const ednsOption = (extendedRcode: number): DnsRecord => ({
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_ANSWER_BYTES,
  extendedRcode,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
});

const flagsOf = ({ bytes }: Question): number =>
  (((bytes[2] ?? 0) << 8) & FLAG.wanted) | FLAG.available;

export const idOf = (message: Uint8Array): number => ((message[0] ?? 0) << 8) | (message[1] ?? 0);

/** A question that could not be answered, in the asker's words. */
export const failure = (question: Question): Uint8Array =>
  encodeAnswer(question, plainAnswer(RCODE.serverFailure));

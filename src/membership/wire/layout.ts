import { SEAL_BYTES } from '../seal.ts';
import type { Handle } from '../swim/roster.ts';
import { TAG_BYTES } from '../swim/tag-table.ts';

/**
 * How a datagram lies in its bytes; all numbers are big-endian.
 *
 *     version 1 · kind 1 · sender 8 · receiver 8 · boot 4 · counter 4 · sent at 6 · body · statements · signature 64
 *
 * One meaning has one spelling: no field may be left out, no bit is unused, nothing may follow.
 */
export const AT = {
  version: 0,
  kind: 1,
  sender: 2,
  receiver: 10,
  boot: 18,
  counter: 22,
  sentAt: 26,
  body: 32,
} as const;

export { TAG_BYTES };

export const VERSION = 1;
/** Milliseconds since 1970, and incarnations: 48 bits. */
export const LONG_BYTES = 6;
export const PROBE_BYTES = 4;
/** Passes every path whole: IPv6 guarantees 1,280, Ethernet has room for 1,472, and tunnels take some of it. */
export const MAX_DATAGRAM_BYTES = 1_400;
export const MIN_DATAGRAM_BYTES = AT.body + SEAL_BYTES;
/**
 * How many times as long as its question an answer may be where a record alone names the place (as RFC 9000 section
 * 8.1 has it): so nobody has much more sent to a host that it names than it spends on that itself.
 */
export const MAX_ANSWER_FACTOR = 3;
/** Of what else goes to such a place because another asked for it: a word of its own, and one statement. */
export const MAX_UNASKED_BYTES = 2 * MIN_DATAGRAM_BYTES;

/** What a datagram is for: its second byte. */
export const KIND = {
  ping: 1,
  pingForOther: 2,
  ack: 3,
  provenAck: 4,
  pingRequest: 5,
  nack: 6,
  rumour: 7,
  twinQuestion: 8,
  twinAnswer: 9,
} as const;

/** What a statement is: its first byte. */
export const STATEMENT = { alive: 1, leaving: 2, accusation: 3 } as const;
export const LIFE_CLAIM_BYTES = 1 + TAG_BYTES + LONG_BYTES + SEAL_BYTES;
export const ACCUSATION_BYTES = LIFE_CLAIM_BYTES + TAG_BYTES;

/** Whose datagram it is, to whom, and which one of theirs. */
export interface DatagramHead {
  readonly sender: Handle;
  readonly receiver: Handle;
  readonly boot: number;
  readonly counter: number;
  /** The sender's wall clock, milliseconds since 1970. */
  readonly sentAt: number;
}

import { Field } from './field.ts';
import type { ResponseHead } from './message.ts';
import { type Malformation, malformations } from './refusal.ts';

/** Why a sidecar answers by itself, beside what it cannot read. Closed: clients and logs see it. */
export const replyReasons = [
  'denied-by-policy',
  'trust-stale',
  'permission-lost',
  'peer-not-trusted',
  'invalid-token',
  'token-not-checked',
  'not-ready',
  'unknown-service',
  'no-endpoints',
  'unreachable',
  'overloaded',
  'app-not-listening',
  'upstream-closed',
  'bad-response',
  'request-timeout',
  'certificate-ended',
  'wrong-protocol',
  'wrong-destination',
  'upgrade-ignored',
  'request-head-timeout',
] as const;

/** An answer of this sidecar itself. */
export interface Reply {
  readonly status: number;
  readonly reason: (typeof replyReasons)[number] | Malformation;
  /** One sentence for the person who reads the body. Never what a client sent. */
  readonly text: string;
  /** For the caller's sidecar: nothing was written to the application, or no byte came back. */
  readonly retry?: 'safe' | 'idempotent';
  /** The client is to show another token (RFC 6750 section 3). */
  readonly challenge?: true;
}

/** The answer to what cannot be read in one way. */
export const malformed = (reason: Malformation): Reply => ({
  status: malformations[reason],
  reason,
  text: 'the request can be read in more than one way, or is larger than allowed',
});

const TEXT = new Field('content-type', 'text/plain; charset=utf-8');
const CHALLENGE = new Field('www-authenticate', 'Bearer error="invalid_token"');

/** Its head, and its content in ASCII. */
export function replyMessage(reply: Reply): {
  readonly head: ResponseHead;
  readonly content: Buffer;
} {
  const content = Buffer.from(`${reply.reason}: ${reply.text}\n`);
  const fields = [TEXT, new Field('content-length', String(content.length)), ...meshFields(reply)];
  const { status } = reply;
  const length = content.length;
  return { head: { status, fields, length, meshReason: undefined, meshRetry: undefined }, content };
}

/** What says by whom and why it was answered, in whichever form. */
export function meshFields({ reason, retry, challenge }: Reply): Field[] {
  const fields = [new Field('x-selvage-reason', reason)];
  if (retry !== undefined) fields.push(new Field('x-selvage-retry', retry));
  if (challenge === true) fields.push(CHALLENGE);
  return fields;
}

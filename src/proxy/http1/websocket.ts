import { websocketAccept } from '../../crypto/index.ts';
import type { Random } from '../../ports/index.ts';
import { Field } from '../http/field.ts';

/*
 * WebSocket's own proof of a handshake (RFC 6455 section 1.3) has no place in HTTP/2 (RFC 8441 section 5). Where only
 * one end of an exchange speaks HTTP/1.1, its half says or checks what the other end cannot.
 */
const KEY = 'sec-websocket-key';
const ACCEPT = 'sec-websocket-accept';
const KEY_BYTES = 16;

/** Does a client of HTTP/1.1 stand behind this request? */
export const hasKey = (fields: readonly Field[]): boolean =>
  fields.some(({ name }) => name === KEY);

export const newKey = (random: Random): Field =>
  new Field(KEY, Buffer.from(random.bytes(KEY_BYTES)).toString('base64'));

/** Does the answer prove that the server has read this key? */
export const accepts = (answer: readonly Field[], key: Field): boolean =>
  answer.some(({ name, value }) => name === ACCEPT && value === websocketAccept(key.value));

export const withoutAccept = (answer: readonly Field[]): readonly Field[] =>
  answer.filter(({ name }) => name !== ACCEPT);

/** What the client of `request` waits for, where the answer does not say it already. */
export function missingAccept(
  request: readonly Field[],
  answer: readonly Field[],
): Field | undefined {
  const key = request.find(({ name }) => name === KEY);
  if (key === undefined || answer.some(({ name }) => name === ACCEPT)) return undefined;
  return new Field(ACCEPT, websocketAccept(key.value));
}

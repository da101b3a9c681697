import { expect, test } from 'bun:test';
import { credentialAnswerSchema, decodeJson, encodeJson, MAX_JSON_BYTES } from './issuance-wire.ts';

test('a message that is longer than any need be is refused unread', () => {
  const message = { refused: 'not now' };
  const padded = (bytes: number) => Buffer.concat([encodeJson(message), Buffer.alloc(bytes, ' ')]);
  const room = MAX_JSON_BYTES - encodeJson(message).length;
  expect(decodeJson(credentialAnswerSchema, padded(room))).toEqual(message);
  expect(() => decodeJson(credentialAnswerSchema, padded(room + 1))).toThrow(RangeError);
});

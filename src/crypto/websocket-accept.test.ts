import { expect, test } from 'bun:test';
import { websocketAccept } from './websocket-accept.ts';

test('a WebSocket handshake is accepted as in RFC 6455 section 1.3', () => {
  expect(websocketAccept('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

import { expect, test } from 'bun:test';
import { serveWebSockets } from './web-sockets.ts';

test('only WebSockets are served, and a taken port is named', async () => {
  const server = serveWebSockets('127.0.0.1', 0, () => undefined);
  try {
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(426);
    expect(() => serveWebSockets('127.0.0.1', server.port, () => undefined)).toThrow(
      String(server.port),
    );
  } finally {
    await server.stop();
  }
});

import { afterEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ClientStage } from '../testing/client-stage.ts';
import type { HeardRequest } from '../testing/heard-request.ts';
import { ServerStage } from '../testing/server-stage.ts';
import { Http1ClientConnection } from './client-connection.ts';
import { Http1ServerConnection } from './server-connection.ts';
import { Http1Servers } from './servers.ts';

let stage: { stop(): Promise<void> };

afterEach(() => stage.stop());

/** Any cuts of `text`: its parts, in order. */
const partsOf = (text: string) =>
  fc.uniqueArray(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 8 }).map((cuts) => {
    const ends = [...cuts, text.length].sort((a, b) => a - b);
    return ends.map((end, index) => Buffer.from(text.slice(ends[index - 1] ?? 0, end), 'latin1'));
  });

describe('whatever parts they come in', () => {
  test('requests are the same, whether each is answered at once or when it ended', async () => {
    let connection: Http1ClientConnection | undefined;
    let heard: HeardRequest[] = [];
    const clients = new ClientStage(
      (runtime, socket, accept) => {
        connection = new Http1ClientConnection(runtime, socket, {
          accept,
          refused: () => undefined,
          spokeHttp2: () => undefined,
        });
        connection.start();
      },
      (request) => {
        heard.push(request);
        if (request.ended) request.answer(200);
      },
    );
    stage = clients;
    await clients.connect();
    await clients.clients(1);
    const text =
      '\r\nGET /1 HTTP/1.1\r\nHost: web\r\nX-A: 1\r\n\r\n' +
      'POST /2 HTTP/1.1\r\nHost: web\r\nContent-Length: 11\r\n\r\nhello world' +
      'POST /3 HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nx-b: 2\r\n\r\n' +
      'GET /4 HTTP/1.1\r\nHost: web\r\n\r\n';
    fc.assert(
      fc.property(partsOf(text), (parts) => {
        heard = [];
        for (const part of parts) {
          connection?.received(part);
          const last = heard.at(-1);
          if (last?.ended === true && last.head.method === 'POST') last.answer(200);
          connection?.flush(); // as the end of the turn would
        }
        for (let more = 0; more < 4; more++) {
          const last = heard.at(-1);
          if (last?.ended === true && last.head.method === 'POST') last.answer(200);
          connection?.flush();
        }
        expect(heard.map(({ head }) => head.target)).toEqual(['/1', '/2', '/3', '/4']);
        expect(heard.map(({ content }) => content)).toEqual(['', 'hello world', 'hello!', '']);
        expect(heard[2]?.trailers).toEqual(['x-b: 2']);
      }),
      { seed: 17, numRuns: 500 },
    );
  });

  test('an answer is the same', async () => {
    const servers = new ServerStage((runtime, target) => new Http1Servers(runtime, target));
    stage = servers;
    const hints = `HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(80)}\r\n\r\n`;
    const chunks = '5\r\nhello\r\n1\r\n!\r\n0\r\nx-b: 2\r\n\r\n';
    const answer = `${hints}HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-a: 1\r\n\r\n${chunks}`;
    await fc.assert(
      fc.asyncProperty(partsOf(answer), async (parts) => {
        const heard = (await servers.lease()).ask();
        const half = heard.server;
        if (!(half instanceof Http1ServerConnection)) throw new Error('it leases no others');
        await new Promise((resolve) => setImmediate(resolve)); // with the turn the request leaves
        for (const part of parts) half.received(part);
        expect(heard).toMatchObject({
          information: [103],
          content: 'hello!',
          ended: true,
          trailers: ['x-b: 2'],
        });
        expect(heard.head?.fields.map(({ line }) => line)).toEqual(['x-a: 1\r\n']);
        expect(servers.runtime.census.servers).toBe(1);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

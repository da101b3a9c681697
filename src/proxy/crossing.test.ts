import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../ports/testing/index.ts';
import { Field } from './http/field.ts';
import {
  type Conversation,
  type Serving,
  startConversation,
  startServing,
} from './http2/testing/index.ts';
import { type HeardAnswer, requestHead } from './testing/heard-answer.ts';
import { answerHead } from './testing/heard-request.ts';
import {
  type AppConnection,
  type Application,
  answering,
  okAnswer,
  type Pair,
  type ServiceOverrides,
  startApplication,
  startPair,
} from './testing/index.ts';

let pair: Pair;
const stops: (() => Promise<void> | void)[] = [];

async function start(
  application: Application | Serving,
  protocol: NonNullable<ServiceOverrides['protocol']>,
): Promise<void> {
  pair = await startPair(application, { service: { protocol } });
  stops.push(() => pair.stop());
}

/** Of a client that speaks HTTP/2 to its sidecar. */
async function http2(): Promise<Conversation> {
  const client = await startConversation(pair.port);
  stops.unshift(() => client.stop());
  return client;
}

const ended = (answer: HeardAnswer) => eventually('the end', () => answer.ended);
const answered = (answer: HeardAnswer) =>
  eventually('an answer', () => answer.head !== undefined || answer.loss !== undefined);
const lines = (fields: readonly Field[]) => fields.map(({ name, value }) => `${name}: ${value}`);

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const CHUNKED_ANSWER =
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\nx-sum: 9\r\n\r\n';
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='; // RFC 6455 section 1.3, with its answer
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

describe('a client of HTTP/2 and an application of HTTP/1.1', () => {
  test('exchange a request with trailers and crumbs of cookies, and its answer with trailers', async () => {
    const application = startApplication({
      received: (connection) => {
        if (connection.text.endsWith('x-last: 1\r\n\r\n')) connection.write(CHUNKED_ANSWER);
      },
    });
    await start(application, 'http');
    const client = await http2();
    const crumbs = [
      ['cookie', 'a=1'],
      ['cookie', 'b=2'],
    ] as const;
    const answer = client.open(requestHead('POST', '/upload?x=1', crumbs)).ask(false);
    answer.send('part');
    answer.server?.trailers([new Field('x-last', '1')]);
    await ended(answer);
    expect(answer).toMatchObject({
      head: { status: 200 },
      content: 'done',
      trailers: ['x-sum: 9'],
    });
    const seen = application.connections[0]?.text ?? '';
    expect(seen).toStartWith('POST /upload?x=1 HTTP/1.1\r\nhost: web\r\n');
    expect(seen).toContain('\r\ncookie: a=1; b=2\r\n');
    expect(seen).toEndWith('4\r\npart\r\n0\r\nx-last: 1\r\n\r\n');
  });

  test('have one stream each, though the application takes one request at a time', async () => {
    const application = startApplication({
      received: answering((head) => okAnswer(/^GET (\S+)/.exec(head)?.[1] ?? '')),
    });
    await start(application, 'http');
    const client = await http2();
    const answers = Array.from({ length: 20 }, (_, n) =>
      client.open(requestHead('GET', `/${n}`)).ask(),
    );
    for (const [n, answer] of answers.entries()) {
      await ended(answer);
      expect(answer.content).toBe(`/${n}`);
    }
    expect(pair.callee.plane.census().clients).toBe(1);
  });

  test('part at once when the client takes its request back', async () => {
    const application = startApplication();
    await start(application, 'http');
    const answer = (await http2()).open().ask();
    await eventually(
      'the request',
      () => application.connections[0]?.text.endsWith('\r\n\r\n') === true,
    );
    answer.server?.cancel();
    await eventually('the end', () => application.connections[0]?.closed === true);
    await pair.settled();
  });

  test('open a WebSocket, for which the sidecar shakes hands', async () => {
    const switching = (connection: AppConnection) => {
      const key = /sec-websocket-key: (\S+)/.exec(connection.text)?.[1];
      if (key === undefined) {
        connection.write(connection.text);
      } else {
        const proof = new Bun.CryptoHasher('sha1').update(
          `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
        );
        connection.write(
          'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
            `sec-websocket-accept: ${proof.digest('base64')}\r\n\r\n`,
        );
      }
      connection.text = '';
    };
    await start(startApplication({ received: switching }), 'http');
    const { client, open } = await http2();
    await eventually('SETTINGS', () => client.acceptsUpgrades);
    const answer = open(requestHead('GET', '/chat', [], 'websocket')).ask(false);
    await answered(answer);
    expect(answer.head?.status).toBe(101);
    answer.send('frame');
    await eventually('the echo', () => answer.content === 'frame');
    answer.server?.cancel();
    await pair.settled();
  });
});

describe('a client of HTTP/1.1 and an application of HTTP/2', () => {
  test('exchange a request with trailers, and its answer with trailers', async () => {
    const application = startServing(async (request) => {
      await eventually('the request', () => request.ended);
      request.client.answer(answerHead(200), [], false);
      request.send('done');
      request.client.trailers([new Field('x-sum', '9')]);
    });
    await start(application, 'http2');
    const client = await pair.connect();
    client.send('POST /upload HTTP/1.1\r\nHost: Web\r\nTransfer-Encoding: chunked\r\n\r\n');
    client.send('4\r\npart\r\n0\r\nX-Last: 1\r\n\r\n');
    expect(await client.reads('x-sum')).toEndWith('4\r\ndone\r\n0\r\nx-sum: 9\r\n\r\n');
    const [request] = application.requests;
    expect(request).toMatchObject({ content: 'part', trailers: ['x-last: 1'] });
    expect(request?.head).toMatchObject({ method: 'POST', target: '/upload', host: 'web' });
    expect(lines(request?.head.fields ?? [])).not.toContain('transfer-encoding: chunked');
  });

  test('read no length where no content follows: some would wait for one, or take the next answer for it', async () => {
    const length = { 'content-length': '18' };
    const application = startServing(({ client }) => {
      client.inform(answerHead(103, length));
      client.answer(answerHead(204, length), [], true);
    });
    await start(application, 'http2');
    const client = await pair.connect();
    const answer = await client.send('GET / HTTP/1.1\r\nHost: web\r\n\r\n').reads('204');
    expect(answer).toContain('103 Early Hints\r\n');
    expect(answer).not.toContain('content-length');
  });

  test('share one connection to it, whatever the number of clients', async () => {
    const application = startServing((request) => request.answer(200, 'ok'));
    await start(application, 'http2');
    for (let count = 0; count < 5; count++) {
      const client = await pair.connect();
      await client.send('GET / HTTP/1.1\r\nHost: web\r\n\r\n').reads('ok');
    }
    expect(application.servers).toHaveLength(1);
  });

  test('open a WebSocket, with the proof that HTTP/1.1 wants', async () => {
    const application = startServing((request) => {
      request.client.answer(answerHead(101), [], false);
      request.send('first');
    });
    await start(application, 'http2');
    const client = await pair.connect();
    const fields = `Host: web\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${KEY}\r\n`;
    const answer = await client.send(`GET /chat HTTP/1.1\r\n${fields}\r\n`).reads('first');
    expect(answer).toStartWith('HTTP/1.1 101 Switching Protocols\r\n');
    expect(answer).toContain(`sec-websocket-accept: ${ACCEPT}\r\n`);
    await client.send('frame');
    await eventually('the frame', () => application.requests[0]?.content === 'frame');
    client.reset();
    await eventually('the reset', () => application.requests[0]?.gone === true);
  });
});

describe('a client of HTTP/2 and an application of HTTP/2', () => {
  test('are one stream: what one says is heard by the other as it was said, and a reset at once', async () => {
    const application = startServing((request) => {
      request.client.inform(answerHead(103, { link: '</a>' }));
      request.client.answer(answerHead(200), [], false);
    });
    await start(application, 'http2');
    const answer = (await http2()).open(requestHead('POST', '/talk')).ask(false);
    await answered(answer);
    expect(answer.information).toEqual([103]);
    for (const word of ['one', 'two', 'three']) {
      answer.send(word);
      await eventually(word, () => application.requests[0]?.content.endsWith(word) === true);
      application.requests[0]?.send(word);
      await eventually(word, () => answer.content.endsWith(word));
    }
    answer.server?.cancel();
    await eventually('the reset', () => application.requests[0]?.gone === true);
    await pair.settled();
  });
});

describe('a service that does not say what it speaks', () => {
  test('is spoken to in HTTP/1.1 for its clients of HTTP, whatever they speak', async () => {
    await start(startApplication({ received: answering(okAnswer('page')) }), 'auto');
    const client = await pair.connect();
    await client.send('GET / HTTP/1.1\r\nHost: web\r\n\r\n').reads('page');
    const answer = (await http2()).open().ask();
    await ended(answer);
    expect(answer.content).toBe('page');
    expect(pair.egress.asked.map(({ action }) => action)).toEqual(['http', 'http']);
  });

  test('is spoken to in HTTP/2 for gRPC', async () => {
    await start(
      startServing((request) => request.answer(200, 'call')),
      'auto',
    );
    const type = [['content-type', 'application/grpc']] as const;
    const answer = (await http2()).open(requestHead('POST', '/a.B/C', type)).ask();
    await ended(answer);
    expect(answer.content).toBe('call');
  });

  test('may speak first, after a moment, and then has a connection of bytes', async () => {
    const banner = startApplication({ opened: (connection) => connection.write('220 hello') });
    await start(banner, 'auto');
    const client = await pair.connect();
    await client.reads('220 hello');
    client.send('EHLO');
    await eventually('the command', () => banner.connections[0]?.text === 'EHLO');
    expect(pair.egress.asked.map(({ action }) => action)).toEqual(['connect']);
  });

  test('gets anything else as bytes at once', async () => {
    const application = startApplication({ received: (connection) => connection.write('pong') });
    await start(application, 'auto');
    await (await pair.connect()).send('\u0001\u0002ping').reads('pong');
    expect(application.connections[0]?.text).toBe('\u0001\u0002ping');
  });
});

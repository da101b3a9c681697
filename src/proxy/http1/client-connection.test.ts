import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import type { Reply } from '../http/reply.ts';
import { ClientStage } from '../testing/client-stage.ts';
import { answerHead, type HeardRequest } from '../testing/heard-request.ts';
import { Http1ClientConnection } from './client-connection.ts';

let stage: ClientStage;
let refused: string[] = [];
/** What was handed on as the beginning of HTTP/2. */
let preface = '';

function start(then?: (request: HeardRequest) => void): void {
  refused = [];
  preface = '';
  const tell = ({ reason }: Reply) => void refused.push(reason);
  stage = new ClientStage(
    (runtime, socket, accept) =>
      new Http1ClientConnection(runtime, socket, {
        accept,
        refused: tell,
        spokeHttp2: (early) => {
          preface = early.toString();
        },
      }).start(),
    then,
  );
}

afterEach(() => stage.stop());

const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: web\r\n${fields}\r\n`;
const post = (fields: string, content: string) =>
  `POST / HTTP/1.1\r\nHost: web\r\n${fields}\r\n\r\n${content}`;
const CHUNKED = 'Transfer-Encoding: chunked';

describe('a request of an application', () => {
  test('is announced without what is for its connection, and its content with the end', async () => {
    start();
    const client = await stage.connect();
    client.send(post('Content-Length: 5\r\nConnection: keep-alive\r\nX-A:  1 ', 'hel'));
    const heard = await stage.request();
    expect(heard.head).toMatchObject({ method: 'POST', target: '/', host: 'web', length: 5 });
    expect(heard.head.fields.map(({ line }) => line)).toEqual([
      'content-length: 5\r\n',
      'x-a: 1\r\n',
    ]);
    expect(heard.ended).toBe(false);
    client.send('lo');
    await eventually('its end', () => heard.ended);
    expect(heard.content).toBe('hello');
    expect(heard.parts).toBe(2);
  });

  test('has the same fields as the one before where its lines are the same', async () => {
    start((heard) => heard.answer(200));
    const client = await stage.connect();
    client.send(get('/1', 'X-Client-Version: 7\r\n') + get('/2', 'X-Client-Version: 7\r\n'));
    const second = await stage.request(1);
    const [first] = stage.requests;
    expect(second.head.fields[0]).toBe(first?.head.fields[0] as never); // a test's own two requests
  });

  test('in chunks says with the last one that it ended, and hands trailers on', async () => {
    start((heard) => void heard);
    const client = await stage.connect();
    client.send(post(CHUNKED, '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'));
    const first = await stage.request();
    expect(first).toMatchObject({ content: 'abcde', parts: 2, ended: true, trailers: undefined });
    first.answer(200);
    client.send(post(CHUNKED, '3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n'));
    expect(await stage.request(1)).toMatchObject({
      content: 'abc',
      ended: true,
      trailers: ['x-sum: 1'],
    });
  });

  test('waits for the answer to the one before it, and all are answered in order', async () => {
    start();
    const client = await stage.connect();
    client.send(get('/1') + get('/2') + get('/3'));
    for (const index of [0, 1, 2]) {
      const heard = await stage.request(index);
      expect(stage.requests.length).toBe(index + 1);
      heard.answer(200, `[${heard.head.path}]`);
      await client.reads(`[${heard.head.path}]`);
    }
    expect(client.text.match(/\[..\]/g)).toEqual(['[/1]', '[/2]', '[/3]']);
  });

  test('may be answered before anybody could hear more of it', async () => {
    start((heard) => heard.answer(403, 'no'));
    const client = await stage.connect();
    client.send(get('/1') + get('/2'));
    await eventually('two answers', () => client.text.split('403 Forbidden').length === 3);
    expect(client.ended).toBe(false);
  });

  test('that is answered before its end is the last one', async () => {
    start((heard) => heard.answer(413, 'no'));
    const client = await stage.connect();
    const answer = await client.send(post('Content-Length: 9', 'abc')).finish();
    expect(answer).toContain('connection: close\r\n');
    expect(answer).toEndWith('no');
    client.send('defghi').send(get('/')).shutdown();
    await stage.clients(0);
    expect(stage.requests.length).toBe(1);
    expect(stage.requests[0]?.gone).toBe(false);
  });

  test('is not read on while its server can take no more', async () => {
    start((heard) => heard.client.hold());
    const client = await stage.connect();
    client.send(post('Content-Length: 9', 'abc'));
    const heard = await stage.request();
    client.send('defghi');
    const other = await stage.connect();
    await other.send(get('/other'));
    await stage.request(1); // by now the first one's bytes would have been read
    expect(heard.content).toBe('abc');
    heard.client.release();
    await eventually('the rest', () => heard.content === 'abcdefghi');
  });

  test('is read after one whose server could take no more when it was answered', async () => {
    start((heard) => {
      heard.client.hold();
      heard.answer(200);
    });
    const client = await stage.connect();
    await client.send(get('/1')).reads('200');
    client.send(get('/2'));
    await stage.request(1);
  });

  test('whose client leaves is told once, and after its answer not at all', async () => {
    start();
    const client = await stage.connect();
    client.send(get('/'));
    const first = await stage.request();
    client.reset();
    await eventually('it is told', () => first.gone);
    const other = await stage.connect();
    other.send(get('/'));
    const second = await stage.request(1);
    second.answer(200, 'ok');
    await other.reads('ok');
    other.reset();
    await stage.clients(0);
    expect(second.gone).toBe(false);
  });

  test('whose client ends its side in mid-content is broken off', async () => {
    start();
    const client = await stage.connect();
    client.send(post('Content-Length: 9', 'abc')).shutdown();
    const heard = await stage.request();
    await eventually('it is told', () => heard.gone);
    expect(client.text).toBe('');
  });
});

describe('a connection that begins as one of HTTP/2', () => {
  const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

  test('is handed on with all that was read of it', async () => {
    start();
    const client = await stage.connect();
    client.send(PREFACE.slice(0, 10));
    await stage.clients(1);
    await (await stage.connect()).send(get('/other'));
    await stage.request(); // by now the first one's bytes were read
    expect(preface).toBe('');
    client.send(`${PREFACE.slice(10)}frames`);
    await eventually('it is handed on', () => preface !== '');
    expect(preface).toBe(`${PREFACE}frames`);
    client.reset();
    await stage.clients(1);
  });

  test('is none after a request, or when it goes on in another way', async () => {
    start((heard) => heard.answer(200));
    for (const text of [get('/') + PREFACE, 'PRI * HTTP/2.0\r\n\r\nGET / HTTP/1.1\r\n\r\n']) {
      const client = await stage.connect();
      expect(await client.send(text).finish()).toContain('connection: close');
    }
    expect(preface).toBe('');
    expect(refused.length).toBe(2);
  });
});

describe('what cannot be read in one way', () => {
  test('is answered 400, closed, and announced to nobody', async () => {
    start();
    for (const text of [
      'GET  / HTTP/1.1\r\nHost: web\r\n\r\n',
      get('/', 'Host: other\r\n'),
      post(CHUNKED, '1;a=b\r\nx\r\n0\r\n\r\n'),
    ]) {
      const client = await stage.connect();
      const answer = await client.send(text + get('/smuggled')).finish();
      expect(answer).toStartWith('HTTP/1.1 400 Bad Request\r\n');
      expect(answer).toContain('connection: close\r\n');
      expect(answer.match(/HTTP\/1\.1/g)?.length).toBe(1);
    }
    expect(stage.requests).toEqual([]);
    expect(refused).toEqual(['bad-request-line', 'duplicate-host', 'bad-chunk']);
  });

  test('of a content, is told to who has its beginning, and the connection ends', async () => {
    start();
    const client = await stage.connect();
    client.send(post(CHUNKED, '3\r\nabc\r\n'));
    const heard = await stage.request();
    client.send('nonsense');
    await eventually('it is told', () => heard.malformed !== undefined);
    expect(heard.malformed).toBe('bad-chunk');
    heard.answer(400, 'no');
    expect(await client.finish()).toContain('connection: close\r\n');
    expect(heard.content).toBe('abc');
  });
});

describe('an answer', () => {
  const answered = async (text: string, then: (heard: HeardRequest) => void, end = '\r\n\r\n') => {
    start(then);
    const client = await stage.connect();
    return client.send(text).reads(end);
  };

  test('of unknown length is sent in chunks, with its trailers', async () => {
    const text = await answered(
      get('/'),
      (heard) => {
        heard.client.answer(answerHead(200, { server: 'x' }), [], false);
        heard.send('hello');
        heard.send('');
        heard.client.trailers(answerHead(200, { 'x-sum': '1' }).fields);
      },
      'x-sum: 1\r\n\r\n',
    );
    expect(text).toBe(
      'HTTP/1.1 200 OK\r\nserver: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n',
    );
  });

  test('in chunks ends with its last content', async () => {
    const text = await answered(
      get('/'),
      (heard) => {
        heard.client.answer(answerHead(200), [], false);
        heard.send('a');
        heard.send('b', true);
      },
      '0\r\n\r\n',
    );
    expect(text).toEndWith('\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n');
  });

  test('to HTTP/1.0 has no chunks and no trailers, and ends with the connection', async () => {
    start((heard) => {
      heard.client.inform(answerHead(103));
      heard.client.answer(answerHead(200), [], false);
      heard.send('hello');
      heard.client.trailers(answerHead(200, { 'x-sum': '1' }).fields);
    });
    const client = await stage.connect();
    expect(await client.send('GET / HTTP/1.0\r\n\r\n').finish()).toBe(
      'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello',
    );
  });

  test.each([
    ['HEAD', 200, { 'content-length': '5' }, 'content-length: 5\r\n'],
    ['HEAD', 200, {}, ''],
    ['GET', 204, {}, ''],
    ['GET', 304, { 'content-length': '5' }, 'content-length: 5\r\n'],
    ['GET', 200, {}, 'content-length: 0\r\n'],
  ])('without content, to %s with %i and %j, says so', async (method, status, fields, lines) => {
    start((heard) => heard.client.answer(answerHead(status, fields), [], true));
    const client = await stage.connect();
    const one = `${method} / HTTP/1.1\r\nHost: web\r\n\r\n`;
    await client.send(one).reads('\r\n\r\n');
    expect(client.text.slice(client.text.indexOf('\r\n') + 2)).toBe(`${lines}\r\n`);
    const { length } = client.text;
    client.send(one);
    await eventually('a second one', () => client.text.length === 2 * length);
  });

  test('may be preceded by others, which are for information', async () => {
    const text = await answered(
      get('/'),
      (heard) => {
        heard.client.inform(answerHead(103, { link: '</a>' }));
        heard.answer(200, 'final');
      },
      'final',
    );
    expect(text).toStartWith('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n');
  });

  test('that is broken off is a reset, before its head or after', async () => {
    for (const begun of [false, true]) {
      start((heard) => {
        if (begun) heard.client.answer(answerHead(200, { 'content-length': '9' }), [], false);
        heard.client.breakOff();
      });
      const client = await stage.connect();
      client.send(get('/'));
      await eventually('the reset', () => client.closed);
      expect(client.error).toContain('reset');
      expect(stage.requests[0]?.gone).toBe(false);
      if (!begun) await stage.stop();
    }
  });

  test('to a client that does not read it says that there is no room, and when there is', async () => {
    start();
    const held = await Bun.connect({
      hostname: '127.0.0.1',
      port: stage.port,
      socket: { data: () => undefined, error: () => undefined },
    });
    const untyped = held as unknown as { pause(): void; resume(): void }; // Bun has them untyped
    untyped.pause();
    held.write(get('/'));
    const heard = await stage.request();
    heard.client.answer(answerHead(200), [], false);
    const part = 'x'.repeat(100_000);
    let sent = 0;
    while (heard.send(part)) sent += 1;
    expect(sent).toBeLessThan(200);
    expect(stage.runtime.census.heldBytes).toBeLessThan(1024 * 1024);
    expect(heard.drained).toBe(0);
    untyped.resume();
    await eventually('there is room', () => heard.drained === 1);
    held.terminate();
  });
});

import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import type { RequestHead } from '../http/message.ts';
import { type HeardAnswer, requestHead } from '../testing/heard-answer.ts';
import { answering, okAnswer, type startApplication } from '../testing/index.ts';
import { ServerStage } from '../testing/server-stage.ts';
import { Http1ServerConnection } from './server-connection.ts';
import { Http1Servers } from './servers.ts';

let stage: ServerStage;

function start(application: Parameters<typeof startApplication>[0] = {}): void {
  stage = new ServerStage((runtime, target) => new Http1Servers(runtime, target), application);
}

/** Answers each read with these bytes, whatever was asked. */
const says = (answer: string, end?: 'shutdown' | 'reset') =>
  start({
    received: (connection) => {
      connection.write(answer);
      if (end !== undefined) connection[end]();
    },
  });

async function ask(request?: RequestHead): Promise<HeardAnswer> {
  const heard = (await stage.lease(request)).ask();
  await eventually('an outcome', () => heard.ended || heard.loss !== undefined);
  return heard;
}

const pooled = () => stage.runtime.census.pooled;

afterEach(() => stage.stop());

describe('a request to the application', () => {
  test('is its line, the host, its fields and those of the sidecar', async () => {
    let seen = '';
    start({
      received: (connection) => {
        seen = connection.text;
        answering(okAnswer('ok'))(connection);
      },
    });
    const request = requestHead('GET', '/a?b', [['accept', '*/*']]);
    const heard = await stage.lease(request);
    heard.server?.request(request, requestHead('', '', [['x-selvage-peer', 'p']]).fields, true);
    await eventually('an answer', () => heard.ended);
    expect(seen).toBe('GET /a?b HTTP/1.1\r\nhost: web\r\naccept: */*\r\nx-selvage-peer: p\r\n\r\n');
    expect(heard.content).toBe('ok');
  });

  test.each([
    ['POST', 'content-length: 0\r\n'],
    ['GET', ''],
  ])('%s without content says so where a server may want to know', async (method, line) => {
    let seen = '';
    start({
      received: (connection) => {
        seen = connection.text;
        answering(okAnswer('ok'))(connection);
      },
    });
    await ask(requestHead(method, '/'));
    expect(seen).toBe(`${method} / HTTP/1.1\r\nhost: web\r\n${line}\r\n`);
  });

  test('has the cookies of an HTTP/2 client in one field', async () => {
    start();
    const request = requestHead('GET', '/', [
      ['cookie', 'a=1'],
      ['x-a', '1'],
      ['cookie', 'b=2'],
    ]);
    const heard = (await stage.lease(request)).ask();
    const connection = await stage.atApplication();
    await eventually('it arrives', () => connection.text !== '');
    heard.server?.cancel();
    expect(connection.text).toContain('x-a: 1\r\ncookie: a=1; b=2\r\n\r\n');
  });

  test('of unknown length goes in chunks, with its trailers; of a known one as it is', async () => {
    start();
    const first = (await stage.lease(requestHead('POST', '/'))).ask(false);
    first.send('hello');
    first.server?.trailers(requestHead('', '', [['x-sum', '1']]).fields);
    const chunked = await stage.atApplication();
    await eventually('it arrives', () => chunked.text.endsWith('x-sum: 1\r\n\r\n'));
    expect(chunked.text).toContain('transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n');
    const second = (await stage.lease(requestHead('POST', '/', [['content-length', '5']]))).ask(
      false,
    );
    second.send('hel');
    second.send('lo', true);
    const sized = await stage.atApplication(1);
    await eventually('it arrives', () => sized.text.endsWith('content-length: 5\r\n\r\nhello'));
    for (const heard of [first, second]) heard.server?.cancel();
  });

  test.each<[string, (connection: Http1ServerConnection) => void]>([
    ['ends', (connection) => connection.ended()],
    [
      'says something of its own',
      (connection) => connection.received(Buffer.from(okAnswer('late'))),
    ],
  ])(
    'was surely not acted upon where the connection %s before any of it was written',
    async (_, happens) => {
      start({ received: answering(okAnswer('ok')) });
      await ask();
      const heard = (await stage.lease(requestHead('POST', '/', [['content-length', '0']]))).ask();
      if (!(heard.server instanceof Http1ServerConnection)) throw new Error('it is one');
      happens(heard.server);
      expect([heard.loss, heard.head]).toEqual(['unprocessed', undefined]);
    },
  );

  test('that is no longer wanted is a reset for the application, and nothing is heard', async () => {
    start();
    const heard = (await stage.lease()).ask();
    const connection = await stage.atApplication();
    await eventually('it arrives', () => connection.text !== '');
    heard.server?.cancel();
    await eventually('the reset', () => connection.error !== undefined);
    expect(heard).toMatchObject({ ended: false, loss: undefined });
  });

  test('to an application that does not read says that there is no room, and when there is', async () => {
    start({ opened: (connection) => connection.pause() });
    const heard = (await stage.lease(requestHead('POST', '/'))).ask(false);
    const part = 'x'.repeat(100_000);
    let sent = 0;
    while (heard.send(part) === true) sent += 1;
    expect(sent).toBeLessThan(200);
    expect(stage.runtime.census.heldBytes).toBeLessThan(1024 * 1024);
    (await stage.atApplication()).resume();
    await eventually('there is room', () => heard.drained === 1);
    heard.server?.cancel();
  });
});

describe('an answer of the application', () => {
  test.each([
    ['with a length', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello', 'hello'],
    [
      'in chunks',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      'hello',
    ],
    ['without content', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['not modified', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n', ''],
    [
      'of HTTP/1.0 that keeps alive',
      'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\nx',
      'x',
    ],
  ])('%s is passed on, and the connection used again', async (_, answer, content) => {
    says(answer);
    expect(await ask()).toMatchObject({ content, parts: content === '' ? 0 : 1, ended: true });
    expect(pooled()).toBe(1);
    expect((await ask()).content).toBe(content);
    expect(stage.application.connections.length).toBe(1);
  });

  test('to a request with content leaves the connection in order', async () => {
    says(okAnswer('ok'));
    const heard = (await stage.lease(requestHead('POST', '/'))).ask(false);
    heard.send('content', true);
    await eventually('an answer', () => heard.ended);
    expect(pooled()).toBe(1);
  });

  test('that ends while it is held leaves the connection in order', async () => {
    says(okAnswer('ok'));
    const heard = await stage.lease();
    heard.answered = () => heard.server?.hold();
    heard.ask();
    await eventually('an answer', () => heard.ended);
    expect((await ask()).content).toBe('ok');
    expect(stage.application.connections.length).toBe(1);
  });

  test('to HEAD ends with its head', async () => {
    says('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n');
    expect(await ask(requestHead('HEAD', '/'))).toMatchObject({ ended: true, head: { length: 5 } });
    expect(pooled()).toBe(1);
  });

  test('that ends with the connection is whole only if that ended in order', async () => {
    says('HTTP/1.1 200 OK\r\n\r\nhello', 'shutdown');
    expect(await ask()).toMatchObject({ content: 'hello', ended: true });
    expect(pooled()).toBe(0);
    await stage.stop();
    start({
      received: (connection) => {
        connection.write('HTTP/1.1 200 OK\r\n\r\nhello');
      },
    });
    const heard = (await stage.lease()).ask();
    await eventually('its beginning', () => heard.content === 'hello');
    (await stage.atApplication()).reset();
    await eventually('the loss', () => heard.loss === 'closed');
    expect(heard.ended).toBe(false);
  });

  test('may be preceded by informational ones, and followed by trailers', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
    const content = 'transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n';
    says(`HTTP/1.1 100 Continue\r\n\r\n${hints}HTTP/1.1 200 OK\r\n${content}`);
    const heard = await ask();
    expect(heard).toMatchObject({ information: [100, 103], content: 'a', trailers: ['x-sum: 1'] });
    expect(pooled()).toBe(1);
  });

  test('never says what only sidecars may say', async () => {
    says(
      'HTTP/1.1 503 No\r\nx-selvage-retry: safe\r\nX_Selvage_Reason: x\r\ncontent-length: 0\r\n\r\n',
    );
    const { head } = await ask();
    expect(head?.fields.map(({ name }) => name)).toEqual(['content-length']);
    expect(head).toMatchObject({ meshRetry: undefined, meshReason: undefined });
  });

  test('before the end of the request is passed on, and the connection not used again', async () => {
    says('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno');
    const heard = (await stage.lease(requestHead('POST', '/'))).ask(false);
    await eventually('an answer', () => heard.ended);
    expect(heard.content).toBe('no');
    expect(pooled()).toBe(0);
    await eventually('it is gone', () => stage.runtime.census.servers === 0);
  });

  test.each([
    ['says that it is the last one', 'connection: close\r\n', ''],
    ['goes on after its end', '', 'HTTP/1.1 200 OK\r\n'],
  ])('that %s ends the connection', async (_, fields, more) => {
    says(`HTTP/1.1 200 OK\r\n${fields}content-length: 2\r\n\r\nok${more}`);
    expect(await ask()).toMatchObject({ content: 'ok', ended: true });
    expect(pooled()).toBe(0);
    await eventually('it is gone', () => stage.runtime.census.servers === 0);
  });

  test('is not read on while its client can take no more', async () => {
    says('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc');
    const heard = (await stage.lease()).ask();
    await eventually('its beginning', () => heard.content === 'abc');
    heard.server?.hold();
    const connection = await stage.atApplication();
    connection.write('defghi');
    const other = (await stage.lease()).ask();
    await eventually('something later', () => other.content === 'abc');
    expect(heard.content).toBe('abc');
    heard.server?.release();
    await eventually('the rest', () => heard.content === 'abcdefghi');
    other.server?.cancel();
  });
});

describe('what is no answer', () => {
  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
    ['content where none may be', 'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello'],
    ['information with content', 'HTTP/1.1 103 Hints\r\ncontent-length: 5\r\n\r\nhello'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n'],
    [
      'a protocol that nobody asked for',
      'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    ],
    ['a head that ends in the middle', 'HTTP/1.1 200 OK\r\ncontent-'],
  ])('%s is told as malformed, and the connection ends', async (what, answer) => {
    says(answer, what.startsWith('a head') ? 'shutdown' : undefined);
    expect((await ask()).loss).toBe('malformed');
    await eventually('it is gone', () => stage.runtime.census.servers === 0);
  });

  test.each([
    ['nothing at all', ''],
    ['less than it promised', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'],
  ])('%s is told as closed', async (_, answer) => {
    says(answer, 'shutdown');
    expect(await ask()).toMatchObject({ loss: 'closed', ended: false });
    await stage.stop();
    says(answer, 'reset');
    expect((await ask()).loss).toBe('closed');
  });
});

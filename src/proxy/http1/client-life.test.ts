import { afterEach, describe, expect, test } from 'bun:test';
import type { Clock } from '../../ports/index.ts';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import type { Reply } from '../http/reply.ts';
import { HEAD_TIMEOUT_MS, IDLE_CLIENT_MS, LINGER_MS } from '../limits.ts';
import { ClientStage } from '../testing/client-stage.ts';
import { answerHead, type HeardRequest } from '../testing/heard-request.ts';
import { Http1ClientConnection } from './client-connection.ts';

let stage: ClientStage;
let refused: string[] = [];

function start(then?: (request: HeardRequest) => void, clock?: Clock): void {
  refused = [];
  const tell = ({ reason }: Reply) => void refused.push(reason);
  stage = new ClientStage(
    (runtime, socket, accept) =>
      new Http1ClientConnection(runtime, socket, {
        accept,
        refused: tell,
        spokeHttp2: () => undefined,
      }).start(),
    then,
    clock,
  );
}

afterEach(() => stage.stop());

const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: web\r\n${fields}\r\n`;

describe('the connection of an application', () => {
  test('is closed when nothing comes, and answered 408 when a head does not come whole', async () => {
    const clock = new FakeClock(0);
    start(undefined, clock);
    const silent = await stage.connect();
    await stage.clients(1);
    const slow = await stage.connect();
    slow.send('GET / HTTP/1.1\r\n');
    await (await stage.connect()).send(get('/')); // what was sent before is read before
    await stage.request();
    clock.advance(HEAD_TIMEOUT_MS + 200);
    expect(await silent.finish()).toBe('');
    expect(await slow.finish()).toStartWith('HTTP/1.1 408 Request Timeout\r\n');
    expect(refused).toEqual(['request-head-timeout']);
    clock.advance(LINGER_MS + 200);
    await stage.clients(1);
  });

  test('has the head of a later request within the same time', async () => {
    const clock = new FakeClock(0);
    start((heard) => heard.answer(200), clock);
    const client = await stage.connect();
    await client.send(get('/')).reads('200');
    client.send('GET /later');
    await (await stage.connect()).send(get('/')).reads('200'); // what was sent before is read before
    clock.advance(HEAD_TIMEOUT_MS + 200);
    await client.reads('HTTP/1.1 408 ');
  });

  test('is closed after some time without a request, not while one is under way', async () => {
    const clock = new FakeClock(0);
    start(undefined, clock);
    const client = await stage.connect();
    client.send(get('/'));
    const heard = await stage.request();
    clock.advance(IDLE_CLIENT_MS + 200);
    expect(client.ended).toBe(false);
    heard.answer(200, 'ok');
    await client.reads('ok');
    clock.advance(IDLE_CLIENT_MS - 200);
    expect(client.ended).toBe(false);
    clock.advance(400);
    await client.finish();
  });

  test('that drains ends at once when it is idle, else with the answer', async () => {
    start();
    const idle = await stage.connect();
    const busy = await stage.connect();
    busy.send(get('/'));
    const heard = await stage.request();
    await stage.clients(2);
    stage.runtime.connections.drain();
    await idle.finish();
    heard.answer(200, 'last');
    const answer = await busy.finish();
    expect(answer).toContain('connection: close\r\n');
    expect(answer).toEndWith('last');
  });

  test('that is retired answers one more request', async () => {
    start((heard) => heard.answer(200, 'last'));
    const client = await stage.connect();
    await stage.clients(1);
    stage.runtime.connections.retire();
    const answer = await client.send(get('/')).finish();
    expect(answer).toContain('connection: close\r\n');
    expect(answer).toEndWith('last');
  });
});

describe('after 101', () => {
  const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const handshake = get('/chat', `Connection: Upgrade\r\nUpgrade: websocket\r\n${KEY}`);
  const switches = (heard: HeardRequest) => heard.client.answer(answerHead(101), [], false);

  test('bytes go both ways, those that came early too, and each way ends on its own', async () => {
    start();
    const client = await stage.connect();
    client.send(`${handshake}early`);
    const heard = await stage.request();
    expect(heard.head.upgrade).toBe('websocket');
    expect(heard).toMatchObject({ ended: false, content: '' });
    switches(heard);
    expect(heard.content).toBe(''); // whoever answers is not interrupted
    await eventually('it comes', () => heard.content === 'early');
    heard.send('hello');
    const answer = await client.reads('hello');
    expect(answer).toContain('HTTP/1.1 101 Switching Protocols\r\n');
    expect(answer).toContain('sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
    client.shutdown();
    await eventually('its end', () => heard.ended);
    heard.send('bye', true);
    expect(await client.finish()).toEndWith('hellobye');
    await stage.clients(0);
    expect(heard.gone).toBe(false);
  });

  test('bytes of the server that come with it follow its head', async () => {
    start((heard) => {
      switches(heard);
      heard.send('first');
    });
    const client = await stage.connect();
    expect(await client.send(handshake).reads('first')).toEndWith('\r\n\r\nfirst');
  });

  test('the acceptance of the server stays as it is', async () => {
    start((heard) =>
      heard.client.answer(answerHead(101, { 'sec-websocket-accept': 'its-own' }), [], false),
    );
    const client = await stage.connect();
    const answer = await client.send(handshake).reads('\r\n\r\n');
    expect(answer.match(/sec-websocket-accept: .*/g)).toEqual(['sec-websocket-accept: its-own']);
  });

  test('a reset is told', async () => {
    start(switches);
    const client = await stage.connect();
    await client.send(handshake).reads('101');
    client.reset();
    await eventually('it is told', () => stage.requests[0]?.gone === true);
  });

  test('an answer that grants nothing leaves what follows for the next request', async () => {
    start((heard) => heard.answer(200, heard.head.path));
    const client = await stage.connect();
    await client.send(handshake + get('/next')).reads('/next');
    expect(stage.requests[0]?.content).toBe('');
  });
});

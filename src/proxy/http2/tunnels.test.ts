import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { requestHead } from '../testing/heard-answer.ts';
import { answerHead, type HeardRequest } from '../testing/heard-request.ts';
import {
  type Conversation,
  data,
  GET,
  headers,
  type Lines,
  type RawListener,
  type RawPeer,
  type Serving,
  settingsFrame,
  startConversation,
  startRawListener,
  startServing,
} from './testing/index.ts';
import { FLAG, FRAME, SETTING } from './wire.ts';

let serving: Serving | undefined;
let caller: Conversation | undefined;
let listener: RawListener | undefined;

afterEach(async () => {
  await caller?.stop();
  await serving?.stop();
  listener?.stop();
  serving = undefined;
  caller = undefined;
  listener = undefined;
});

const CONNECT: Lines = [
  [':method', 'CONNECT'],
  [':authority', 'db:5432'],
];
const WEBSOCKET: Lines = [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  ...GET.slice(1),
  ['sec-websocket-version', '13'],
];

async function firstRequest(from: Serving): Promise<HeardRequest> {
  await eventually('the request', () => from.requests.length > 0);
  const [request] = from.requests;
  if (request === undefined) throw new Error('it was there');
  return request;
}

describe('a connection through a stream (RFC 9113, 8.5)', () => {
  test('carries bytes both ways, and each way ends on its own', async () => {
    serving = startServing();
    caller = await startConversation(serving.port);
    const answer = caller.open({ ...requestHead('CONNECT', ''), host: 'db:5432' }).ask(false);
    const heard = await firstRequest(serving);
    expect(heard.head).toMatchObject({ method: 'CONNECT', target: '', path: '', host: 'db:5432' });
    heard.client.answer(answerHead(200), [], false);
    heard.send('ready', true);
    await eventually('the server’s end', () => answer.ended);
    expect(heard.gone).toBe(false);
    answer.send('more', false);
    answer.send(' and more', true);
    await eventually('the client’s end', () => heard.ended);
    expect([answer.content, heard.content]).toEqual(['ready', 'more and more']);
    await eventually('no stream', () => caller?.client.openStreams === 0);
  });

  test('whose client has nothing to say says so with DATA', async () => {
    serving = startServing();
    caller = await startConversation(serving.port);
    caller.open({ ...requestHead('CONNECT', ''), host: 'db:5432' }).ask(true);
    const heard = await firstRequest(serving);
    await eventually('the end', () => heard.ended);
    heard.client.answer(answerHead(200), [], false);
    heard.send('hello', true);
    await eventually('no stream', () => caller?.client.openStreams === 0);
  });

  test('that is cut off is no end, on either side', async () => {
    serving = startServing((heard) => heard.client.answer(answerHead(200), [], false));
    const peer = await serving.connect();
    peer.send(headers(1, CONNECT, false), headers(3, CONNECT, false));
    await peer.until('both', () => peer.of(FRAME.HEADERS).length === 2);
    serving.requests[0]?.client.breakOff();
    expect(await peer.wasReset(1)).toBe('CONNECT_ERROR');
    peer.drop();
    await eventually('the other', () => serving?.requests[1]?.gone === true);
    expect(serving.requests.map(({ ended }) => ended)).toEqual([false, false]);
  });

  test('has no trailers', async () => {
    serving = startServing((heard) => heard.client.answer(answerHead(200), [], false));
    const peer = await serving.connect();
    peer.send(headers(1, CONNECT, false), headers(1, [['x', 'y']]));
    expect(await peer.wasReset(1)).toBe('PROTOCOL_ERROR');
  });

  test('that is refused ends with the answer', async () => {
    serving = startServing((heard) => heard.answer(403, 'no'));
    const peer = await serving.connect();
    peer.send(headers(1, CONNECT, false));
    expect(await peer.answered(1)).toBe(':status: 403');
    peer.send(data(1, 'what for', true));
    await eventually('no stream', () => serving?.servers[0]?.streams.size === 0);
  });
});

describe('a flow of datagrams (RFC 9298)', () => {
  test('is asked for by CONNECT with its protocol, and opened by 101, which is 200 on the wire', async () => {
    serving = startServing();
    const peer = await serving.connect();
    const ask: Lines = WEBSOCKET.map(([name, value]) =>
      name === ':protocol' ? [name, 'connect-udp'] : [name, value],
    );
    peer.send(headers(1, ask, false));
    const heard = await firstRequest(serving);
    expect(heard.head).toMatchObject({ method: 'CONNECT', path: '/', upgrade: 'connect-udp' });
    heard.client.answer(answerHead(101, { 'capsule-protocol': '?1' }), [], false);
    await peer.until('the answer', () => peer.heads(1).length === 1);
    expect(peer.heads(1)).toEqual([[':status: 200', 'capsule-protocol: ?1']]);
    peer.send(data(1, '\0\x01\0', true));
    await eventually('the end', () => heard.ended);
    heard.send('', true);
    await peer.until('the end', () => peer.hasEnded(1));
  });
});

describe('a WebSocket (RFC 8441)', () => {
  test('is allowed, asked for as an upgrade of GET, and opened by 101, which is 200 on the wire', async () => {
    serving = startServing();
    const peer = await serving.connect();
    peer.send(headers(1, WEBSOCKET, false));
    const heard = await firstRequest(serving);
    expect(heard.head).toMatchObject({ method: 'GET', path: '/', upgrade: 'websocket' });
    heard.client.answer(answerHead(101, { 'sec-websocket-protocol': 'chat' }), [], false);
    peer.send(data(1, 'ping'));
    await eventually('content', () => heard.content === 'ping');
    heard.send('pong', true);
    await peer.until('the end', () => peer.hasEnded(1));
    expect(peer.heads(1)).toEqual([[':status: 200', 'sec-websocket-protocol: chat']]);
    const [settings] = peer.of(FRAME.SETTINGS).filter(({ flags }) => flags !== FLAG.ACK);
    const allowed = Buffer.from([0, SETTING.ENABLE_CONNECT_PROTOCOL, 0, 0, 0, 1]);
    expect(settings?.payload.includes(allowed)).toBe(true);
    peer.send(data(1, '', true));
    await eventually('the end', () => heard.ended);
  });

  test('that is refused is an ordinary answer', async () => {
    serving = startServing((heard) => heard.answer(403, 'no'));
    const peer = await serving.connect();
    peer.send(headers(1, WEBSOCKET, false));
    expect(await peer.answered(1)).toBe(':status: 403');
    peer.send(data(1, 'what for', true));
    await eventually('no stream', () => serving?.servers[0]?.streams.size === 0);
  });

  test.each([
    ['no path', WEBSOCKET.filter(([name]) => name !== ':path')],
    ['no scheme', WEBSOCKET.filter(([name]) => name !== ':scheme')],
  ] as const)('with %s is malformed', async (_, lines) => {
    serving = startServing();
    const peer = await serving.connect();
    expect(await peer.send(headers(1, lines, false)).wasReset(1)).toBe('PROTOCOL_ERROR');
  });

  async function toServer(...settings: readonly (readonly [number, number])[]): Promise<RawPeer> {
    listener = startRawListener();
    caller = await startConversation(listener.port);
    await eventually('the connection', () => listener?.peers.length === 1);
    const [peer] = listener.peers;
    if (peer === undefined) throw new Error('nobody connected');
    peer.send(settingsFrame(...settings));
    await eventually('SETTINGS', () => caller?.client.settings.known === true);
    return peer;
  }

  test('is asked of a server that allows it', async () => {
    const server = await toServer([SETTING.ENABLE_CONNECT_PROTOCOL, 1]);
    const head = requestHead('GET', '/chat', [['sec-websocket-version', '13']], 'websocket');
    const answer = caller?.open(head).ask(false);
    await server.until('the request', () => server.heads(1).length === 1);
    expect(server.heads(1)[0]).toEqual([
      ':method: CONNECT',
      ':protocol: websocket',
      ':scheme: http',
      ':path: /chat',
      ':authority: web',
      'sec-websocket-version: 13',
    ]);
    server.send(headers(1, [[':status', '200']], false), data(1, 'hi'));
    await eventually('the answer', () => answer?.content === 'hi');
    expect(answer?.head?.status).toBe(101);
  });

  test('is open after any success', async () => {
    const server = await toServer();
    const answer = caller?.open({ ...requestHead('CONNECT', ''), host: 'db:5432' }).ask(false);
    await server.until('the request', () => server.heads(1).length === 1);
    server.send(headers(1, [[':status', '201']], false));
    await eventually('the answer', () => answer?.head?.status === 200);
  });

  test('is broken by a server that ends it like a message, with trailers', async () => {
    const server = await toServer([SETTING.ENABLE_CONNECT_PROTOCOL, 1]);
    const answer = caller?.open(requestHead('GET', '/chat', [], 'websocket')).ask(false);
    await server.until('the request', () => server.heads(1).length === 1);
    server.send(headers(1, [[':status', '200']], false), headers(1, [['x', 'y']]));
    expect(await server.wasReset(1)).toBe('PROTOCOL_ERROR');
    expect([answer?.trailers, answer?.loss]).toEqual([undefined, 'malformed']);
  });

  test('is not asked of a server that never allowed it', async () => {
    const server = await toServer();
    expect(caller?.client.acceptsUpgrades).toBe(false);
    const answer = caller?.open(requestHead('GET', '/', [], 'websocket')).ask(false);
    expect(answer?.loss).toBeUndefined(); // not before the call returns
    await eventually('the loss', () => answer?.loss === 'unprocessed');
    expect([server.of(FRAME.HEADERS).length, caller?.client.openStreams]).toEqual([0, 0]);
  });
});

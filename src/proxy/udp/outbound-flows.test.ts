import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import {
  FLOW_REST_MS,
  FLOW_WAITING_BYTES,
  FLOW_WAITING_DATAGRAMS,
  FLOWS,
  FLOWS_WAITING_BYTES,
} from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import { answerHead, HeardRequest } from '../testing/heard-request.ts';
import { UdpProgram, WEB } from '../testing/index.ts';
import { startRuntime } from '../testing/runtime.ts';
import { OutboundFlows } from './outbound-flows.ts';

const clock = new FakeClock(Date.now());
let runtime: Runtime;
let flows: OutboundFlows;
let port: number;
/** What each flow asked for, in order. */
let requests: HeardRequest[];
let clients: UdpProgram[];

/** `then`: what is done with each flow at once. */
function start(then: (request: HeardRequest) => void): void {
  requests = [];
  port = freePort();
  flows = new OutboundFlows(runtime, WEB, { host: '127.0.0.1', port }, () => {
    return (head, half, ended) => {
      const request = new HeardRequest(head, half, ended);
      requests.push(request);
      then(request);
      return request;
    };
  });
  flows.follow(true);
}

function freePort(): number {
  const program = new UdpProgram();
  program.stop();
  return program.port;
}

function client(): UdpProgram {
  const program = new UdpProgram();
  clients.push(program);
  return program;
}

const grant = ({ client: half }: HeardRequest) => half.answer(answerHead(101), [], false);
const request = async (index = 0): Promise<HeardRequest> => {
  await eventually(`flow ${index}`, () => requests.length > index);
  return requests[index] ?? expect.unreachable();
};
const capsules = (...texts: string[]) =>
  texts.map((text) => `\0${String.fromCharCode(text.length + 1)}\0${text}`).join('');

beforeEach(() => {
  runtime = startRuntime(clock);
  clients = [];
});

afterEach(() => {
  flows.stop();
  for (const program of clients) program.stop();
  expect(runtime.census.flows).toBe(0);
  expect(runtime.flows.waitingBytes).toBe(0);
  expect(Object.values(runtime.census.report()).every((count) => count === 0)).toBe(true);
});

describe('a flow of the application', () => {
  test('asks to be connected, and carries datagrams as capsules both ways', async () => {
    start(grant);
    const program = client();
    program.send('ping', port);
    const heard = await request();
    expect(heard.head).toMatchObject({ method: 'CONNECT', upgrade: 'connect-udp', host: '' });
    await eventually('it comes', () => heard.content === capsules('ping'));
    heard.send(capsules('pong', ''));
    await program.hears(2);
    expect(program.heard).toEqual(['pong', '']);
  });

  test('holds back what its exchange cannot take, and drops the newest beyond the bound', async () => {
    start(({ client: half }) => half.hold());
    const program = client();
    program.send('0', port);
    const heard = await request();
    for (let n = 1; n <= FLOW_WAITING_DATAGRAMS; n += 1) program.send(`${n}`, port);
    client().send('later', port);
    await request(1);
    expect(heard.content).toBe('');
    heard.client.release();
    const texts = Array.from({ length: FLOW_WAITING_DATAGRAMS }, (_, n) => `${n}`);
    expect(heard.content).toBe(capsules(...texts));
  });

  test('holds no more bytes than it may, nor do all flows together', async () => {
    start(({ client: half }) => half.hold());
    const large = 'x'.repeat(40_000);
    const program = client();
    program.send(large, port).send(large, port).send('', port);
    await request();
    client().send('later', port);
    await request(1);
    expect(runtime.census.heldBytes).toBeLessThan(FLOW_WAITING_BYTES);
    const others = FLOWS_WAITING_BYTES - runtime.flows.waitingBytes;
    runtime.flows.waitingBytes += others;
    program.send('no room', port);
    client().send('nor here', port);
    await request(2);
    runtime.flows.waitingBytes -= others;
    requests[0]?.client.release();
    expect(requests[0]?.content.length).toBe(40_000 + 6 + 3);
  });

  test('that is refused rests: its datagrams are dropped for a while, and then it asks again', async () => {
    start(({ client: half }) => half.answer(answerHead(403), [], false));
    const program = client();
    for (let n = 0; n < 20; n += 1) program.send('x', port);
    await request();
    client().send('later', port);
    await request(1);
    expect(requests.length).toBe(2);
    clock.advance(FLOW_REST_MS + 200);
    program.send('x', port);
    await request(2);
  });

  test('ends when its peer ends it, and its next datagram begins another', async () => {
    start(grant);
    const program = client();
    program.send('a', port);
    const heard = await request();
    heard.send(capsules('bye'), true);
    expect(heard).toMatchObject({ ended: true, gone: false });
    await program.hears(1);
    program.send('b', port);
    await request(1);
  });

  test('ends when its peer ends it as soon as it answers', async () => {
    start(() => undefined);
    client().send('a', port);
    const heard = await request();
    heard.client.answer(answerHead(101), [], true);
    expect(heard).toMatchObject({ ended: true, gone: false });
  });

  test('is given up when what its peer sends are no capsules, whole or cut off', async () => {
    start(grant);
    for (const [bytes, ended] of [
      ['\0\0', true],
      ['\0\x05\0ab', true],
      ['\0\xff\xff\xff\xff\xff\xff\xff\xff', false],
    ] as const) {
      const { length } = requests;
      client().send('a', port);
      const heard = await request(length);
      heard.send(bytes, ended);
      expect(heard.gone).toBe(true);
    }
  });

  test(`is one of ${FLOWS} at most`, async () => {
    start(grant);
    client().send('first', port);
    await request();
    runtime.census.flows += FLOWS - 2;
    client().send('last', port);
    await request(1);
    const program = client();
    program.send('too many', port);
    program.send('as well', port);
    clients[0]?.send('heard', port);
    await eventually('what came later', () => requests[0]?.content.includes('heard') === true);
    expect(requests.length).toBe(2);
    requests[0]?.client.breakOff();
    clock.advance(FLOW_REST_MS + 200);
    await eventually('room for another', () => {
      program.send('again', port);
      return requests.length > 2;
    });
    expect(requests[2]?.content).toBe(capsules('again'));
    runtime.census.flows -= FLOWS - 2;
  });

  test('is gone when no more datagrams are taken', async () => {
    start(grant);
    client().send('a', port);
    const heard = await request();
    flows.follow(false);
    expect(heard.gone).toBe(true);
  });
});

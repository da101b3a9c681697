import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { FLOW_WAITING_DATAGRAMS, FLOWS } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import { HeardAnswer } from '../testing/heard-answer.ts';
import { UdpProgram, WEB } from '../testing/index.ts';
import { startRuntime } from '../testing/runtime.ts';
import { UdpServers } from './servers.ts';
import { CONNECT_UDP } from './session.ts';

let runtime: Runtime;
let application: UdpProgram;
let servers: UdpServers;

function start(answer?: (text: string) => string | undefined): void {
  runtime = startRuntime();
  application = new UdpProgram(answer);
  servers = new UdpServers(runtime, WEB, { host: '127.0.0.1', port: application.port });
}

function lease(): HeardAnswer {
  const heard = new HeardAnswer(CONNECT_UDP);
  servers.lease(heard);
  return heard;
}

const capsules = (...texts: string[]) =>
  texts.map((text) => `\0${String.fromCharCode(text.length + 1)}\0${text}`).join('');

afterEach(() => {
  application.stop();
  expect(runtime.census.flows).toBe(0);
  expect(runtime.flows.waitingBytes).toBe(0);
  expect(Object.values(runtime.census.report()).every((count) => count === 0)).toBe(true);
});

describe('a flow to an application', () => {
  test('is answered at once, and carries datagrams both ways', async () => {
    start((text) => `got ${text}`);
    const heard = lease().ask(false);
    expect(heard.head?.status).toBe(101);
    heard.send(capsules('a', 'b'));
    await eventually('both answers', () => heard.content === capsules('got a', 'got b'));
    heard.server?.cancel();
    expect(heard.loss).toBeUndefined();
  });

  test('has a socket of its own, at which nobody else is heard', async () => {
    start();
    const [one, other] = [lease().ask(false), lease().ask(false)];
    one.send(capsules('one'));
    other.send(capsules('other'));
    await application.hears(2);
    const [first, second] = application.from;
    expect(first?.port).not.toBe(second?.port);
    const stranger = new UdpProgram();
    stranger.send('forged', first?.port ?? 0);
    application.send('genuine', first?.port ?? 0);
    await eventually('the genuine one', () => (one.content + other.content).includes('genuine'));
    expect(one.content + other.content).toBe(capsules('genuine'));
    for (const heard of [one, other]) heard.server?.cancel();
    stranger.stop();
  });

  test('holds back what the tunnel cannot take, and drops the newest beyond the bound', async () => {
    start();
    const heard = lease().ask(false);
    heard.send(capsules('where are you?'));
    await application.hears(1);
    heard.server?.hold();
    const [{ port } = { port: 0 }] = application.from;
    const other = lease().ask(false);
    other.send(capsules('and you?'));
    await application.hears(2);
    for (let n = 0; n < FLOW_WAITING_DATAGRAMS + 50; n += 1) application.send(`${n}`, port);
    application.send('later', application.from[1]?.port ?? 0);
    await eventually('something later', () => other.content !== '');
    expect(heard.content).toBe('');
    heard.server?.release();
    const texts = Array.from({ length: FLOW_WAITING_DATAGRAMS }, (_, n) => `${n}`);
    expect(heard.content).toBe(capsules(...texts));
    for (const { server } of [heard, other]) server?.cancel();
  });

  test('ends when the caller ends it', () => {
    start();
    const heard = lease().ask(false);
    heard.send(capsules('bye'), true);
    expect(heard).toMatchObject({ ended: true, loss: undefined });
  });

  test('is lost when what comes are no capsules', () => {
    start();
    for (const bytes of ['\0\0\0', '\x01\xff\xff\xff\xff\xff\xff\xff\xff']) {
      const heard = lease().ask(false);
      heard.send(bytes);
      expect(heard.loss).toBe('malformed');
    }
    const cut = lease().ask(false);
    cut.send('\0\x05\0ab', true);
    expect(cut.loss).toBe('malformed');
  });

  test('is lost when nobody listens there', async () => {
    start();
    application.stop();
    const heard = lease().ask(false);
    heard.send(capsules('anybody?'));
    await eventually('the loss', () => heard.loss === 'closed');
  });

  test(`is one of ${FLOWS} at most`, () => {
    start();
    runtime.census.flows += FLOWS;
    expect(lease().failure).toMatchObject({ stage: 'pool', reason: 'full' });
    runtime.census.flows -= FLOWS;
  });

  test('to where there is no way is a failure', () => {
    start();
    servers = new UdpServers(runtime, WEB, { host: '203.0.113.300', port: 9 });
    expect(lease().failure).toMatchObject({ stage: 'connect', reason: 'unreachable' });
  });
});

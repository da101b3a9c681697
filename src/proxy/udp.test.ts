import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../ports/testing/index.ts';
import { data, headers, hello, type Lines, RawPeer } from './http2/testing/index.ts';
import {
  FLOW_REST_MS,
  FLOW_WAITING_BYTES,
  FLOW_WAITING_DATAGRAMS,
  IDLE_FLOW_MS,
} from './limits.ts';
import {
  identityOf,
  type Pair,
  type PairOptions,
  startApplication,
  startPair,
  UdpProgram,
  WEB,
} from './testing/index.ts';
import { tunnelServerName } from './tunnel/index.ts';

let pair: Pair;
let application: UdpProgram;
const clients: UdpProgram[] = [];

const echo = (text: string) => `got ${text}`;

async function serve(
  answer: (text: string) => string | undefined = echo,
  options: PairOptions = {},
): Promise<void> {
  application = new UdpProgram(answer);
  pair = await startPair(application, {
    ...options,
    service: { protocol: 'udp', ...options.service },
  });
}

function client(): UdpProgram {
  const program = new UdpProgram();
  clients.push(program);
  return program;
}

afterEach(async () => {
  for (const program of clients.splice(0)) program.stop();
  application.stop();
  await pair.stop();
});

const dropped = (side: 'caller' | 'callee', reason: string): number =>
  pair[side].meter.value('selvage_dropped_datagrams_total', {
    destination: 'default/web',
    direction: side === 'caller' ? 'outbound' : 'inbound',
    reason,
  });

describe('datagrams to a service', () => {
  test('arrive whole and in order, are answered, and are decided on once at both sides', async () => {
    await serve();
    const program = client();
    const texts = ['', 'a', 'x'.repeat(1_200), 'y'.repeat(60_000), 'z'];
    for (const text of texts) program.send(text, pair.port);
    await program.hears(texts.length);
    expect(application.heard).toEqual(texts);
    expect(program.heard).toEqual(texts.map(echo));
    expect(program.from.every(({ port }) => port === pair.port)).toBe(true);
    for (const { asked } of [pair.egress, pair.ingress]) {
      expect(asked).toMatchObject([
        { action: 'connect', protocol: 'udp', resource: 'default/web' },
      ]);
    }
    const labels = { destination: 'default/web', direction: 'inbound' };
    expect(pair.callee.meter.value('selvage_datagrams_total', labels)).toBe(2 * texts.length);
  });

  test('of two senders are two flows, which the application tells apart', async () => {
    await serve();
    const [one, other] = [client(), client()];
    one.send('one', pair.port);
    other.send('other', pair.port);
    await Promise.all([one.hears(1), other.hears(1)]);
    expect([one.heard, other.heard]).toEqual([['got one'], ['got other']]);
    expect(new Set(application.from.map(({ port }) => port)).size).toBe(2);
    expect(pair.ingress.asked.length).toBe(2);
    expect(pair.caller.plane.census()).toMatchObject({ clients: 2, exchanges: 2 });
  });

  test('that come before the tunnel is there wait for it', async () => {
    await serve();
    const program = client();
    for (let n = 0; n < 20; n += 1) program.send(`${n}`, pair.port);
    await program.hears(20);
    expect(application.heard).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
  });

  test('lose their flow when it was silent for long, and others go on', async () => {
    const clock = new FakeClock(Date.now());
    await serve(echo, { clock });
    const [silent, busy] = [client(), client()];
    silent.send('a', pair.port);
    await silent.hears(1);
    const steps = (2 * IDLE_FLOW_MS) / 5_000;
    for (let step = 1; step <= steps; step += 1) {
      busy.send('b', pair.port);
      await busy.hears(step);
      if (step === steps / 2) expect(pair.callee.plane.census().exchanges).toBe(2);
      clock.advance(5_000);
    }
    await eventually('one ends', () => pair.callee.plane.census().exchanges === 1);
    busy.send('b', pair.port);
    await busy.hears(steps + 1);
    clock.advance(FLOW_REST_MS + 100);
    expect(pair.caller.plane.census()).toMatchObject({ clients: 1, exchanges: 1 });
    silent.send('again', pair.port);
    await silent.hears(2);
  });

  test('end with the permission, and begin anew when it is back', async () => {
    let allowed = true;
    await serve(echo, { mayEnter: () => allowed });
    const program = client();
    program.send('a', pair.port);
    await program.hears(1);
    allowed = false;
    await eventually('it is cut', () => pair.callee.plane.census().exchanges === 0);
    expect(pair.callee.log.lines.some(({ message }) => message === 'cut a connection')).toBe(true);
    await eventually('more are refused', () => {
      program.send('b', pair.port);
      return dropped('caller', 'refused') > 0;
    });
    allowed = true;
    await eventually('it is heard', () => {
      program.send('c', pair.port);
      return program.heard.includes('got c');
    });
    expect(application.heard).not.toContain('b');
  });

  test('that no policy lets leave are dropped and counted, without asking for each', async () => {
    await serve(echo, { mayLeave: () => false });
    const program = client();
    for (let n = 0; n < 50; n += 1) program.send(`${n}`, pair.port);
    await eventually('they are dropped', () => dropped('caller', 'refused') === 50);
    expect(pair.egress.asked.length).toBeLessThan(5);
    expect(application.heard).toEqual([]);
  });

  test('to an application that does not listen are dropped, and the next flow is tried anew', async () => {
    await serve();
    const { port } = application;
    application.stop();
    const program = client();
    program.send('a', pair.port);
    await eventually('the host says so', () => dropped('callee', 'refused') === 1);
    application = new UdpProgram(echo, port);
    await eventually('it is heard', () => {
      program.send('b', pair.port);
      return program.heard.includes('got b');
    });
  });

  test('are taken where the service has an address, and answered from there', async () => {
    await serve();
    const virtual = { address: '127.95.0.3', port: 8_098 };
    pair.apply({ protocol: 'udp', virtual });
    const program = client();
    program.send('a', virtual.port, virtual.address);
    await program.hears(1);
    expect(program.heard).toEqual(['got a']);
    expect(program.from).toEqual([{ host: virtual.address, port: virtual.port }]);
  });

  test('are carried when the service begins to take them, and no more when it ceases to', async () => {
    await serve(echo, { service: { protocol: 'tcp' } });
    const program = client();
    program.send('a', pair.port);
    pair.apply({ protocol: 'udp' });
    await eventually('it is heard', () => {
      program.send('b', pair.port);
      return program.heard.includes('got b');
    });
    pair.apply({ protocol: 'tcp' });
    await pair.settled();
    expect(pair.caller.plane.census().clients).toBe(0);
    expect(application.heard).not.toContain('a');
  });
});

describe('a peer', () => {
  const ASK: Lines = [
    [':method', 'CONNECT'],
    [':protocol', 'connect-udp'],
    [':scheme', 'https'],
    [':path', '/'],
    [':authority', 'web.default'],
  ];

  async function connect(): Promise<RawPeer> {
    const { certificateChainPem: cert, privateKeyPem: key } = await identityOf(pair.authority, 'x');
    const peer = new RawPeer();
    const { open, ...handlers } = peer.handlers();
    const tls = { cert, key, serverName: tunnelServerName(WEB), rejectUnauthorized: false };
    await Bun.connect({
      hostname: '127.0.0.1',
      port: pair.inboundPort,
      tls: { ...tls, ...{ minVersion: 0x0304 } }, // Bun has it untyped
      socket: {
        ...handlers,
        handshake: (socket) => {
          open(socket);
          peer.send(hello());
        },
      },
    });
    await peer.until('SETTINGS', () => peer.frames.length > 0);
    return peer;
  }

  test('that sends no capsules loses its flow, and its others go on', async () => {
    await serve();
    const peer = await connect();
    peer.send(headers(1, ASK, false), headers(3, ASK, false));
    peer.send(data(1, '\0\0\0'), data(3, '\0\x05\0good'));
    expect(await peer.wasReset(1)).toBe('CONNECT_ERROR');
    await peer.until('the answer', () => peer.content(3).includes('got good'));
    peer.send(data(3, '\0\x05\0cut', true));
    expect(await peer.wasReset(3)).toBe('CONNECT_ERROR');
    expect(application.heard).toEqual(['good']);
    peer.drop();
  });

  test('cannot ask a service that takes no datagrams for a flow', async () => {
    await serve(echo, { service: { protocol: 'http' } });
    const peer = await connect();
    peer.send(headers(1, ASK, false), data(1, '\0\x05\0good'));
    await peer.until('the answer', () => peer.heads(1).length === 1);
    expect(peer.heads(1)[0]).toContain('x-selvage-reason: wrong-protocol');
    expect(application.heard).toEqual([]);
    peer.drop();
  });
});

describe('a flood of datagrams', () => {
  test('that the tunnel does not take is dropped within bounds, and what waited goes on in order', async () => {
    await serve();
    const silent = startApplication(); // it never says a word of TLS
    pair.apply({ protocol: 'udp', ports: [silent.port] });
    const program = client();
    await eventually('more came than may wait', () => {
      for (let n = 0; n < 100; n += 1) program.send(`${n}`, pair.port);
      return dropped('caller', 'queue-full') > 1_000;
    });
    expect(pair.caller.plane.census().heldBytes).toBeLessThanOrEqual(FLOW_WAITING_BYTES);
    pair.apply({ protocol: 'udp' });
    silent.stop();
    await program.hears(FLOW_WAITING_DATAGRAMS);
    expect(application.heard.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
    expect(application.heard).toHaveLength(FLOW_WAITING_DATAGRAMS);
  });
});

import { afterEach, beforeEach, expect, test } from 'bun:test';
import { bunDatagrams, realRandom, tcpChannels } from '../platform/index.ts';
import type { Datagrams, SocketAddress } from '../ports/index.ts';
import { eventually, FakeClock, recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import type { Asker } from './asker.ts';
import { Forwarder } from './forwarder.ts';
import { QUESTION_BYTES, TCP_ASKERS, TCP_IDLE_MS } from './limits.ts';
import { NamesServer } from './names-server.ts';
import { askOverTcp, askOverUdp, FakeResolver, query } from './testing/index.ts';

const HOST = '127.0.0.1';
const NAME = 'catalog.shop.mesh';

let clock: FakeClock;
let server: NamesServer;
let resolver: FakeResolver;
let askers: Asker[];
let meter: ReturnType<typeof recordingMeter>;

async function start(datagrams: Datagrams = bunDatagrams): Promise<NamesServer> {
  const parts = {
    datagrams,
    channels: tcpChannels,
    clock,
    random: realRandom,
    limitedLog: new LimitedLog(recordingLog(), clock),
    meter,
  };
  return await NamesServer.listen(
    { host: HOST, port: 0 },
    {
      ...parts,
      forwarder: new Forwarder({ ...parts, resolvers: () => [resolver.at] }),
      zoneFor: (asker) => {
        askers.push(asker);
        const found = { kind: 'found', address: '127.80.1.2', port: 80, protocol: 'http' } as const;
        return { lookup: () => found, hasNamespace: () => true };
      },
    },
  );
}

beforeEach(async () => {
  clock = new FakeClock();
  askers = [];
  meter = recordingMeter();
  resolver = await FakeResolver.start();
  server = await start();
});
afterEach(() => {
  server.stop();
  resolver.stop();
});

test('names of the mesh are answered over datagrams and connections, to an asker that is known', async () => {
  for (const [transport, ask] of [
    ['udp', askOverUdp],
    ['tcp', askOverTcp],
  ] as const) {
    const { answers, id } = await ask(server.address, query(NAME, 'A', { id: 4_711 }));
    expect(id).toBe(4_711);
    expect(answers).toMatchObject([{ name: NAME, type: 'A', data: '127.80.1.2' }]);
    expect(askers.at(-1)).toMatchObject({ transport, host: HOST });
  }
  expect(resolver.asked).toEqual([]);
});

test('other names are answered by the system’s resolver, over the same transport', async () => {
  for (const ask of [askOverUdp, askOverTcp]) {
    const { answers } = await ask(server.address, query('example.com'));
    expect(answers).toMatchObject([{ name: 'example.com', data: '192.0.2.1' }]);
  }
});

test('what becomes of questions is counted', async () => {
  await askOverUdp(server.address, query(NAME));
  await askOverTcp(server.address, query('a.b.c.d.e.mesh'));
  await askOverTcp(server.address, query('example.com'));
  await askOverUdp(server.address, query(NAME).subarray(0, 20));
  const count = (transport: string, result: string) =>
    meter.value('selvage_dns_questions_total', { transport, result });
  await eventually('all to be counted', () => count('udp', 'unreadable') === 1);
  expect([count('udp', 'answered'), count('tcp', 'absent'), count('tcp', 'handed on')]).toEqual([
    1, 1, 1,
  ]);
});

test('what nobody answers is a failure, said at once', async () => {
  resolver.stop();
  const { rcode, id } = await askOverUdp(server.address, query('example.com', 'A', { id: 9 }));
  expect({ rcode, id }).toEqual({ rcode: 2, id: 9 });
});

test('what is too long for the asker’s datagrams is cut and marked, and comes whole over a connection', async () => {
  resolver.stop();
  resolver = await FakeResolver.start((asked) => [
    FakeResolver.answer(asked, {
      answers: [
        {
          type: 'TXT',
          name: 'example.com',
          ttl: 1,
          data: ['x'.repeat(200), 'y'.repeat(200), 'z'.repeat(200)],
        },
      ],
    }),
  ]);
  const cut = await askOverUdp(server.address, query('example.com', 'TXT'));
  expect({ tc: cut.flag_tc, bytes: cut.bytes.length, answers: cut.answers }).toEqual({
    tc: true,
    bytes: query('example.com').length,
    answers: [],
  });
  const able = await askOverUdp(server.address, query('example.com', 'TXT', { ednsBytes: 1_232 }));
  const whole = await askOverTcp(server.address, query('example.com', 'TXT'));
  expect([able.flag_tc, able.answers?.length, whole.answers?.length]).toEqual([false, 1, 1]);
});

test('no datagram is longer than may be, whatever the asker says that it takes', async () => {
  resolver.stop();
  const data = Array.from({ length: 25 }, () => 'x'.repeat(200));
  resolver = await FakeResolver.start((asked) => [
    FakeResolver.answer(asked, { answers: [{ type: 'TXT', name: 'example.com', ttl: 1, data }] }),
  ]);
  const question = query('example.com', 'TXT', { ednsBytes: 65_535 });
  expect((await askOverUdp(server.address, question)).flag_tc).toBe(true);
  expect((await askOverTcp(server.address, question)).bytes.length).toBeGreaterThan(5_000);
});

test('the longest names of the mesh are cut as well', async () => {
  const name = `_http._tcp.${'a'.repeat(63)}.${'b'.repeat(63)}.mesh`;
  expect((await askOverUdp(server.address, query(name, 'SRV'))).flag_tc).toBe(true);
  const whole = await askOverTcp(server.address, query(name, 'SRV'));
  expect(whole.answers).toMatchObject([{ type: 'SRV', data: { port: 80 } }]);
});

test('a datagram with another host’s address gets no answer: it could be a forged one', async () => {
  const sent: SocketAddress[] = [];
  const deliver: ((from: SocketAddress) => void)[] = [];
  const forged = await start({
    ...bunDatagrams,
    bind: (at, handlers) => {
      deliver.push((from) => handlers.received(query(NAME), from));
      return {
        ...bunDatagrams.bind(at, handlers),
        send: (_bytes: Uint8Array, to: SocketAddress) => sent.push(to) > 0,
      };
    },
  });
  deliver[0]?.({ host: '192.0.2.66', port: 4_000 });
  deliver[0]?.({ host: '127.9.9.9', port: 4_001 });
  await eventually('the one of this host to be answered', () => sent.length > 0);
  expect(sent).toEqual([{ host: '127.9.9.9', port: 4_001 }]);
  forged.stop();
});

const idle = { bytes() {}, closed() {} };

test('a connection on which nothing is asked is closed, and one that asks too much', async () => {
  let closed = 0;
  const handlers = {
    ...idle,
    closed() {
      closed += 1;
    },
  };
  const quiet = await tcpChannels.connect(server.address, handlers);
  await askOverTcp(server.address, query(NAME)); // so that the quiet one is accepted before time passes
  clock.advance(TCP_IDLE_MS);
  await eventually('the quiet one to be closed', () => closed === 1);
  const greedy = await tcpChannels.connect(server.address, handlers);
  greedy.send(Uint8Array.of((QUESTION_BYTES + 1) >> 8, (QUESTION_BYTES + 1) & 0xff));
  await eventually('the greedy one to be closed', () => closed === 2);
  quiet.close();
});

test('no more connections are served than there is room for, and room comes back', async () => {
  const held = await Promise.all(
    Array.from({ length: TCP_ASKERS }, () => tcpChannels.connect(server.address, idle)),
  );
  await expect(askOverTcp(server.address, query(NAME))).rejects.toThrow('closed');
  for (const channel of held) channel.close();
  let answered = false;
  const retry = async () => {
    const { answers } = await askOverTcp(server.address, query(NAME));
    answered = answers?.length === 1;
  };
  await eventually('a place to be free', () => {
    retry().catch(() => undefined); // closed again: not yet
    return answered;
  });
});

import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { connect } from 'node:net';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { tcp } from '@libp2p/tcp';
import { byteStream } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { encodeFrame } from '../../core/index.ts';
import type { Admission, Gossip } from '../../ports/index.ts';
import { eventually, FakeClock, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { PlatformError } from '../errors.ts';
import { peerIdOf } from '../peer-id.ts';
import { hostNoise } from './host-noise.ts';
import { startGossip } from './index.ts';
import {
  MAX_EXCHANGE_BYTES,
  MAX_EXCHANGES,
  MAX_EXCHANGES_PER_PEER,
  MAX_MESSAGE_BYTES,
} from './limits.ts';

setDefaultTimeout(60_000); // the largest messages, on a machine that is busy with others

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (from: string): Uint8Array => new TextEncoder().encode(from);
const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Whose credential is `member:<name>`, and who admits those alone. */
const member = (name: string): Admission => ({
  credential: () => bytes(`member:${name}`),
  admit: (_key, credential) =>
    text(credential).startsWith('member:')
      ? { admitted: true, name: text(credential).slice('member:'.length) }
      : { admitted: false, reason: 'signed by nobody we know' },
});

let fill = 0;

async function start(admission: Admission) {
  const log = recordingLog();
  const meter = recordingMeter();
  fill += 1;
  const gossip = await startGossip({
    seed: seed(fill),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    admission,
    clock: new FakeClock(),
    log,
    meter,
    admissionTimeoutMs: 2_000,
  });
  stops.push(() => gossip.stop());
  const count = (result: string): number =>
    meter.value('selvage_peer_admissions_total', { direction: 'inbound', result });
  return { gossip, log, count };
}

async function connected(): Promise<[Gossip, Gossip]> {
  const [a, b] = [await start(member('n1')), await start(member('n2'))];
  await b.gossip.dial(a.gossip.self, a.gossip.addresses());
  await eventually('both are connected', () => a.gossip.peers().length === 1);
  return [a.gossip, b.gossip];
}

test('members see each other by name and key, and are told when one leaves', async () => {
  const [a, b] = await connected();
  expect(b.peers().map((peer) => peer.name)).toEqual(['n1']);
  expect(a.peers()[0]?.id).toBe(b.self);
  expect(peerIdOf(a.peers()[0]?.publicKey ?? new Uint8Array())).toBe(b.self);
  const changes: string[] = [];
  a.onPeers(({ peer, connected: now }) => changes.push(`${peer.name} ${now}`));
  await b.disconnect(a.self);
  await eventually('n1 was told', () => changes.length === 1);
  expect(changes).toEqual(['n2 false']);
  expect([a.peers(), b.peers()]).toEqual([[], []]);
  await b.dial(a.self, a.addresses());
  await eventually('n1 was told again', () => changes.length === 2);
  expect(changes[1]).toBe('n2 true');
});

test('a message reaches subscribers two hops away, and a rejected one goes no further', async () => {
  const hosts = [await start(member('n1')), await start(member('n2')), await start(member('n3'))];
  const [a, b, c] = hosts.map((host) => host.gossip);
  if (a === undefined || b === undefined || c === undefined) throw new Error('three were started');
  const heard: string[] = [];
  b.subscribe('t', (message) => {
    heard.push(`n2 ${text(message)}`);
    return text(message).startsWith('bad') ? 'reject' : 'accept';
  });
  c.subscribe('t', (message) => {
    heard.push(`n3 ${text(message)}`);
    return 'accept';
  });
  await b.dial(a.self, a.addresses());
  await c.dial(b.self, b.addresses());
  // Subscriptions travel too: publish until both have heard once.
  let tries = 0;
  await eventually('both heard', () => {
    if (tries++ % 10 === 0) void a.publish('t', bytes(`good ${tries}`));
    return heard.some((line) => line.startsWith('n2')) && heard.some((l) => l.startsWith('n3'));
  });
  heard.length = 0;
  await a.publish('t', bytes('bad'));
  await a.publish('t', bytes('last'));
  await eventually('the last one arrived', () => heard.includes('n3 last'));
  expect(heard).toContain('n2 bad');
  expect(heard).not.toContain('n3 bad');
  const long = a.publish('t', new Uint8Array(MAX_MESSAGE_BYTES + 1));
  await expect(long).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
});

test('a request is answered by the peer, who learns the name of the asker', async () => {
  const [a, b] = await connected();
  a.serve('/test/echo/1', async (request, from) => bytes(`${from.name}: ${text(request)}`));
  a.serve('/test/size/1', async (request) => request);
  a.serve('/test/throw/1', async () => Promise.reject(new Error('on purpose')));
  a.serve('/test/never/1', () => new Promise(() => undefined));
  const ask = (protocol: string, request: Uint8Array, timeoutMs = 5_000) =>
    b.request(a.self, protocol, request, { timeoutMs });
  expect(text(await ask('/test/echo/1', bytes('hello')))).toBe('n2: hello');
  expect(await ask('/test/echo/1', new Uint8Array())).toEqual(bytes('n2: '));
  const large = new Uint8Array(MAX_EXCHANGE_BYTES).map((_, i) => i % 251);
  expect(Buffer.compare(await ask('/test/size/1', large, 20_000), large)).toBe(0);

  const over = ask('/test/size/1', new Uint8Array(MAX_EXCHANGE_BYTES + 1));
  await expect(over).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  for (const protocol of ['/test/throw/1', '/test/unknown/1']) {
    const refused = ask(protocol, bytes('x'));
    await expect(refused).rejects.toMatchObject({ code: 'REQUEST_UNANSWERED' });
  }
  await expect(ask('/test/never/1', bytes('x'), 50)).rejects.toThrow('no answer within 50 ms');
  const stranger = b.request(peerIdOf(seed(9)), '/test/echo/1', bytes('x'), { timeoutMs: 50 });
  await expect(stranger).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
});

test('one peer gets only a few answers at the same time, and all together get a few more', async () => {
  const { gossip: busy } = await start(member('n1'));
  let waiting = 0;
  const go = Promise.withResolvers<void>();
  busy.serve('/test/wait/1', async (request) => {
    waiting++;
    await go.promise;
    return request;
  });
  let refused = 0;
  const ask = async (peer: Gossip): Promise<void> => {
    try {
      await peer.request(busy.self, '/test/wait/1', bytes('x'), { timeoutMs: 4_000 });
    } catch {
      refused++;
    }
  };
  const asked: Promise<void>[] = [];
  for (let i = 2; i <= 10; i++) {
    const { gossip } = await start(member(`n${i}`));
    await gossip.dial(busy.self, busy.addresses());
    const before = waiting + refused;
    asked.push(...Array.from({ length: 6 }, () => ask(gossip)));
    await eventually('all six were seen', () => waiting + refused === before + 6);
    expect(waiting).toBe(Math.min((i - 1) * MAX_EXCHANGES_PER_PEER, MAX_EXCHANGES));
  }
  go.resolve();
  await Promise.all(asked);
  expect(refused).toBe(9 * 6 - MAX_EXCHANGES);
});

test('who was a member once is told why it is none any more, and nobody else is told anything', async () => {
  const heard: string[] = [];
  const told = (proof: Uint8Array) => void heard.push(text(proof).slice(0, 20));
  const proof = new Uint8Array(60_000).fill(0x70);
  const target = await start({
    credential: () => bytes('member:target'),
    admit: (_key, credential) =>
      text(credential) === 'member:old'
        ? { admitted: false, reason: 'superseded', proof }
        : { admitted: false, reason: 'unknown' },
  });
  const old = await start({ ...member('old'), told });
  await expect(old.gossip.dial(target.gossip.self, target.gossip.addresses())).rejects.toThrow();
  expect(heard).toEqual(['p'.repeat(20)]);
  const stranger = await start({ ...member('stranger'), told });
  const dial = stranger.gossip.dial(target.gossip.self, target.gossip.addresses());
  await expect(dial).rejects.toThrow();
  expect(heard).toHaveLength(1);
  expect(target.count('credential')).toBe(2);
});

test('a stranger with a credential of its own making is refused by both sides', async () => {
  const host = await start(member('n1'));
  const forged = { ...member('x'), credential: () => bytes('forged') };
  const stranger = await start({ ...forged, admit: () => ({ admitted: true, name: 'x' }) });
  const dial = stranger.gossip.dial(host.gossip.self, host.gossip.addresses());
  await expect(dial).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  expect(host.count('credential')).toBe(1);
  expect(stranger.gossip.peers()).toEqual([]);

  const dialled = host.gossip.dial(stranger.gossip.self, stranger.gossip.addresses());
  await expect(dialled).rejects.toBeInstanceOf(PlatformError);
  expect(host.gossip.peers()).toEqual([]);
});

/** A libp2p host that speaks our encryption, then sends `shown` for a credential. */
async function impostor(shown: Uint8Array | undefined) {
  const received: string[] = [];
  const host = await createLibp2p({
    transports: [tcp()],
    streamMuxers: [yamux()],
    connectionEncrypters: [
      (components) => {
        const real = hostNoise(components);
        return {
          protocol: '/selvage/noise/2',
          secureInbound: () => Promise.reject(new Error('only dials')),
          secureOutbound: async (connection, options) => {
            const secured = await real.secureOutbound(connection, options);
            const stream = byteStream(secured.connection);
            if (shown !== undefined) await stream.write(shown);
            const answer = await stream.read();
            received.push(answer === null ? 'end' : `${answer.byteLength} bytes`);
            return { ...secured, connection: stream.unwrap() };
          },
        };
      },
    ],
  });
  stops.push(async () => host.stop());
  return { host, received };
}

test.each([
  ['shows nothing', undefined, 'silent'],
  ['shows garbage', encodeFrame(bytes('garbage')), 'credential'],
  ['shows an endless credential', new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3]), 'size'],
  ['shows an empty credential', new Uint8Array(4), 'size'],
  ['stops in the middle', new Uint8Array([0, 0, 0, 9, 1, 2, 3]), 'silent'],
] as const)('a stranger that %s is closed on without a word', async (_, shown, reason) => {
  const target = await start(member('n1'));
  const { host, received } = await impostor(shown);
  const address = `${target.gossip.addresses()[0]}/p2p/${target.gossip.self}`;
  await expect(host.dial(multiaddr(address))).rejects.toThrow();
  await eventually('it was counted', () => target.count(reason) === 1);
  expect(target.gossip.peers()).toEqual([]);
  expect(received.filter((line) => line !== 'end')).toEqual([]);
});

test('plain libp2p hosts, raw garbage and silence get no connection and no memory', async () => {
  const target = await start(member('n1'));
  const [address = ''] = target.gossip.addresses();
  const plain = await createLibp2p({
    transports: [tcp()],
    streamMuxers: [yamux()],
    connectionEncrypters: [noise()],
  });
  stops.push(async () => plain.stop());
  await expect(plain.dial(multiaddr(`${address}/p2p/${target.gossip.self}`))).rejects.toThrow();

  const port = Number(address.split('/').at(-1));
  for (const sent of ['GET / HTTP/1.1\r\n\r\n', '']) {
    const socket = connect(port, '127.0.0.1');
    const closed = Promise.withResolvers<void>();
    socket.on('close', () => closed.resolve()).on('error', () => closed.resolve());
    socket.write(sent);
    socket.resume();
    await closed.promise;
  }
  expect(target.gossip.peers()).toEqual([]);
  const friend = await start(member('n2'));
  await friend.gossip.dial(target.gossip.self, target.gossip.addresses());
  expect(friend.gossip.peers().map((peer) => peer.name)).toEqual(['n1']);
});

test('many refusals are counted each and logged once', async () => {
  const target = await start(member('n1'));
  const { host } = await impostor(encodeFrame(bytes('garbage')));
  const address = multiaddr(`${target.gossip.addresses()[0]}/p2p/${target.gossip.self}`);
  for (let i = 0; i < 5; i++) await host.dial(address).catch(() => undefined);
  await eventually('all were counted', () => target.count('credential') === 5);
  const lines = target.log.lines.filter((line) => line.message === 'peer not admitted');
  expect(lines).toHaveLength(1);
});

test('a member that asks what nobody can answer, again and again, fills no log', async () => {
  const [target, liar] = [await start(member('n1')), await start(member('n2'))];
  target.gossip.serve('/test/wrong/1', async (request) => {
    throw new RangeError(`this is no question: ${Buffer.from(request).toString('latin1')}`);
  });
  await liar.gossip.dial(target.gossip.self, target.gossip.addresses());
  const question = new Uint8Array(1_000_000).fill(0x61);
  const ask = () =>
    liar.gossip.request(target.gossip.self, '/test/wrong/1', question, { timeoutMs: 2_000 });
  for (let i = 0; i < 5; i++)
    await expect(ask()).rejects.toMatchObject({ code: 'REQUEST_UNANSWERED' });
  const lines = target.log.lines.filter((line) => line.message === 'request not answered');
  expect(lines).toMatchObject([{ fields: { peer: 'n2', protocol: '/test/wrong/1' } }]);
  expect(lines[0]?.fields.detail).toStartWith('this is no question: aaa');
  expect(JSON.stringify(lines).length).toBeLessThan(4_000);
});

test('a port in use and an address of another host are said by name', async () => {
  const { gossip } = await start(member('n1'));
  const again = (listen: string) =>
    startGossip({
      seed: seed(200),
      listen: [listen],
      admission: member('n2'),
      clock: new FakeClock(),
      log: recordingLog(),
      meter: recordingMeter(),
    });
  const [taken = ''] = gossip.addresses();
  await expect(again(taken)).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
    message: `something listens on ${taken.split('/')[2]}:${taken.split('/')[4]} already`,
  });
  await expect(again('/ip4/192.0.2.1/tcp/0')).rejects.toMatchObject({
    code: 'ADDRESS_UNAVAILABLE',
  });
});

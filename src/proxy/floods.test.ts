import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../ports/testing/index.ts';
import { HEAD_TIMEOUT_MS, IDLE_BODY_MS, IDLE_CLIENT_MS, LINGER_MS } from './limits.ts';
import {
  type Application,
  answering,
  okAnswer,
  type Pair,
  type PairOptions,
  RawClient,
  startApplication,
  startPair,
} from './testing/index.ts';

let pair: Pair;
let application: Application;

async function serve(options: PairOptions = {}, answer = okAnswer('ok')): Promise<FakeClock> {
  const clock = new FakeClock(Date.now());
  application = startApplication({ received: answering(answer) });
  pair = await startPair(application, { clock, ...options });
  return clock;
}

afterEach(() => pair.stop());

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';

describe('a client that is slow on purpose', () => {
  test('has its head within a time, or is answered 408', async () => {
    const clock = await serve();
    const client = await pair.connect();
    client.send('GET / HTTP/1.1\r\nHost:');
    await eventually('it is read', () => pair.caller.plane.census().clients === 1);
    for (let elapsedMs = 0; elapsedMs < HEAD_TIMEOUT_MS; elapsedMs += 1_000) {
      client.send(' ');
      await Bun.sleep(0);
      clock.advance(1_010);
    }
    expect(await client.finish()).toContain('HTTP/1.1 408 Request Timeout\r\n');
  });

  test('has the head of a later request within the same time', async () => {
    const clock = await serve();
    const client = await pair.connect();
    await client.send(GET).reads('ok');
    client.send('GET /later HTTP/1.1\r\nHost:');
    const second = await pair.connect();
    await second.send(GET).reads('ok'); // by now the first one's bytes were read
    clock.advance(HEAD_TIMEOUT_MS + 200);
    await client.reads('HTTP/1.1 408 Request Timeout');
  });

  test('that says nothing is let go, at first and between requests', async () => {
    const clock = await serve();
    const silent = await pair.connect();
    const idle = await pair.connect();
    await idle.send(GET).reads('ok');
    clock.advance(HEAD_TIMEOUT_MS + 200);
    expect(await silent.finish()).toBe('');
    expect(idle.ended).toBe(false);
    clock.advance(IDLE_CLIENT_MS);
    await idle.finish();
  });

  test('in its body is let go when nothing comes any more', async () => {
    const clock = await serve({ service: { requestTimeoutMs: 60_000 } });
    const client = await pair.connect();
    client.send('POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nabc');
    await eventually('it arrives', () => application.connections.length === 1);
    clock.advance(60_000 + IDLE_BODY_MS + 1_000);
    await client.finish();
    await pair.settled();
  });

  test('after a refusal is let go', async () => {
    const clock = await serve();
    const client = await pair.connect();
    await client.send('NONSENSE\r\n\r\n').finish();
    client.send('more and more');
    clock.advance(LINGER_MS + 200);
    await eventually('it is gone', () => pair.caller.plane.census().clients === 0);
  });
});

describe('a client that sends requests and reads no answers', () => {
  test('is not read further once much is held for it', async () => {
    await serve({}, okAnswer('x'.repeat(60_000)));
    let sent = 0;
    const requests = Buffer.from(GET.repeat(1_000));
    const fill = (socket: Bun.Socket<unknown>): void => {
      for (let taken = requests.length; taken === requests.length; sent += Math.max(0, taken)) {
        if (sent > 64 * 1024 * 1024) return;
        taken = socket.write(requests);
      }
    };
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: pair.port,
      socket: { data: () => undefined, drain: fill, error: () => undefined },
    });
    (socket as unknown as { pause(): void }).pause(); // Bun has it untyped
    fill(socket);
    let before = -1;
    await eventually('it stands still', () => {
      const asked = pair.ingress.asked.length;
      const still = asked === before && pair.caller.plane.census().heldBytes > 0;
      before = asked;
      return still;
    });
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    expect(pair.caller.plane.census().heldBytes).toBeLessThan(1024 * 1024);
    socket.terminate();
    await pair.settled();
  });
});

describe('more clients than allowed', () => {
  test('are closed at once, and those that are there are served', async () => {
    await serve({ maxClients: 3 });
    const clients = [await pair.connect(), await pair.connect(), await pair.connect()];
    const tooMany = await pair.connect();
    await tooMany.finish();
    for (const client of clients) await client.send(GET).reads('ok');
    clients[0]?.reset();
    await eventually('there is room', () => pair.caller.plane.census().clients === 2);
    await (await pair.connect()).send(GET).reads('ok');
  });

  test('are closed on the side of peers too', async () => {
    await serve({ maxPeers: 1, service: { protocol: 'tcp' } });
    const first = await pair.connect();
    await first.send(GET).reads('ok');
    await (await RawClient.connect(pair.inboundPort)).finish();
    await first.send(GET).reads('ok');
  });
});

describe('strangers that connect and say nothing', () => {
  test('take the places of each other, and of nobody who is a peer or a client', async () => {
    await serve({ maxPeers: 8 });
    const strangers = [];
    for (let count = 0; count < 20; count++) {
      strangers.push(await RawClient.connect(pair.inboundPort));
    }
    const { plane, meter } = pair.callee;
    const crowdedOut = { role: 'server', result: 'crowded-out' };
    const given = () => meter.value('selvage_tls_handshakes_total', crowdedOut);
    await eventually('the oldest make way', () => given() === 18);
    await eventually('they are gone', () => plane.census().clients === 2);
    await (await pair.connect()).send(GET).reads('ok');
    for (const stranger of strangers) stranger.reset();
  });
});

describe('a stranger that is refused a hundred times', () => {
  const lines = (plane: Pair['caller'], message: string): number =>
    plane.log.lines.filter((line) => line.message === message).length;

  test('writes five lines a second into the log, and is counted whole', async () => {
    const clock = await serve({ mayLeave: () => false });
    const client = await pair.connect();
    for (let count = 1; count <= 100; count++) client.send(GET);
    await eventually('the last answer', () => client.text.split('denied-by-policy: ').length > 100);
    const labels = { source: 'default/client', destination: 'default/web', direction: 'outbound' };
    expect(pair.caller.meter.value('selvage_denied_total', labels)).toBe(100);
    expect(lines(pair.caller, 'denied by policy')).toBe(5);
    clock.advance(1_000);
    expect(pair.caller.log.lines.at(-1)?.fields).toMatchObject({ leftOut: 95 });
  });

  test('does no more with handshakes and with heads that cannot be read', async () => {
    await serve();
    for (let count = 0; count < 20; count++) {
      const client = await RawClient.connect(pair.inboundPort);
      await client.send('GET / HTTP/1.1\r\n\r\n').finish();
      await (await pair.connect()).send('GET  / HTTP/1.1\r\n\r\n').finish();
    }
    expect(lines(pair.callee, 'refused a peer')).toBe(5);
    expect(lines(pair.caller, 'refused a request')).toBe(5);
  });
});

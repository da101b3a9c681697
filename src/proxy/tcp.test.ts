import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../ports/testing/index.ts';
import { HIGH_WATER_BYTES, STREAM_WINDOW_MAX_BYTES } from './limits.ts';
import {
  type Application,
  type Pair,
  type PairOptions,
  RawClient,
  startApplication,
  startPair,
} from './testing/index.ts';

let pair: Pair;
let application: Application;

async function serve(app: Application, options: PairOptions = {}): Promise<void> {
  application = app;
  pair = await startPair(app, { ...options, service: { protocol: 'tcp', ...options.service } });
}

afterEach(() => pair.stop());

/** The tunnel stays, for the next connection. */
const gone = () =>
  eventually('nothing is held but a tunnel without streams', () => {
    const [caller, callee] = [pair.caller.plane.census(), pair.callee.plane.census()];
    const held = [caller.clients, caller.servers - caller.pooled, callee.clients - caller.pooled];
    const busy = [caller, callee].map((c) => c.exchanges + c.dialling + c.heldBytes);
    return [...held, callee.servers, ...busy].every((count) => count === 0);
  });

describe('a TCP connection between two sidecars', () => {
  test('carries bytes both ways, and is decided on at both sides', async () => {
    await serve(startApplication({ received: (connection) => connection.write(connection.text) }));
    const client = await pair.connect();
    await client.send('ping').reads('ping');
    for (const { asked } of [pair.egress, pair.ingress]) {
      expect(asked).toMatchObject([{ action: 'connect', resource: 'default/web' }]);
    }
    const labels = { source: 'default/client', destination: 'default/web', direction: 'outbound' };
    expect(pair.caller.meter.value('selvage_connections_total', labels)).toBe(1);
    expect(pair.caller.meter.value('selvage_connections_open', labels)).toBe(1);
    client.reset();
    await gone();
    expect(pair.caller.meter.value('selvage_connections_open', labels)).toBe(0);
  });

  test('lets the server speak first', async () => {
    await serve(startApplication({ opened: (connection) => connection.write('220 ready') }));
    await (await pair.connect()).reads('220 ready');
  });

  test('closed for writing by the client still brings the answer', async () => {
    await serve(
      startApplication({
        ended: (connection) => {
          connection.write(`got ${connection.text}`);
          connection.shutdown();
        },
      }),
    );
    const client = await pair.connect();
    expect(await client.send('request').shutdown().finish()).toBe('got request');
    await gone();
  });

  test('closed for writing by the server still takes what the client sends', async () => {
    await serve(
      startApplication({
        opened: (connection) => {
          connection.write('bye');
          connection.shutdown();
        },
      }),
    );
    const client = await pair.connect();
    expect(await client.finish()).toBe('bye');
    client.send('still here').shutdown();
    await eventually('it arrives', () => application.connections[0]?.text === 'still here');
    await eventually('its end too', () => application.connections[0]?.closed === true);
    expect(application.connections[0]?.error).toBeUndefined();
    await gone();
  });

  test('passes a reset on, in both directions', async () => {
    await serve(startApplication({ received: ({ text, reset }) => text === 'die' && reset() }));
    const first = await pair.connect();
    first.send('hello');
    await eventually('it arrives', () => application.connections[0]?.text === 'hello');
    first.reset();
    await eventually('the reset', () => application.connections[0]?.error !== undefined);
    const second = await pair.connect();
    second.send('die');
    await eventually('the reset', () => second.closed);
    expect(second.error).toContain('reset');
    await gone();
  });

  test('does not end in order when the tunnel between the sidecars breaks', async () => {
    await serve(startApplication());
    const client = await pair.connect();
    client.send('hello');
    await eventually('it arrives', () => application.connections[0]?.text === 'hello');
    pair.callee.plane.stop();
    await eventually(
      'the reset',
      () => client.closed && application.connections[0]?.closed === true,
    );
    expect(client.error).toContain('reset');
  });

  test('is held up by a slow reader, with bounded memory, and loses nothing', async () => {
    const total = 24 * 1024 * 1024;
    let received = 0;
    const sockets: { resume(): void }[] = [];
    const listener = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        open: (socket) => {
          const untyped = socket as unknown as { pause(): void; resume(): void }; // Bun has them untyped
          sockets.push(untyped);
          untyped.pause();
        },
        data: (_socket, bytes) => {
          received += bytes.length;
        },
        error: () => undefined,
      },
    });
    await serve({ port: listener.port, connections: [], stop: () => listener.stop(true) });
    let sent = 0;
    const block = Buffer.alloc(1024 * 1024);
    const fill = (socket: Bun.Socket<unknown>): void => {
      while (sent < total) {
        const part = block.subarray(0, Math.min(block.length, total - sent));
        const taken = socket.write(part);
        sent += Math.max(0, taken);
        if (taken < part.length) return;
      }
    };
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: pair.port,
      socket: { data: () => undefined, drain: fill, open: fill, error: () => undefined },
    });
    let before = -1;
    await eventually('the writer stands still', () => {
      const still = sent === before && sockets.length === 1;
      before = sent;
      return still && pair.callee.plane.census().heldBytes > 0;
    });
    expect(sent).toBeLessThan(total);
    for (const { plane } of [pair.caller, pair.callee]) {
      expect(plane.census().heldBytes).toBeLessThan(STREAM_WINDOW_MAX_BYTES + 4 * HIGH_WATER_BYTES);
    }
    sockets[0]?.resume();
    await eventually('all arrives', () => received === total, 10_000);
    socket.terminate();
    await gone();
  }, 20_000);
});

describe('a TCP connection that comes to nothing', () => {
  test('is closed, counted and logged when no policy permits it, on either side', async () => {
    await serve(startApplication(), { mayEnter: () => false });
    const client = await pair.connect();
    await client.finish();
    const line = pair.callee.log.lines.find(({ message }) => message === 'denied by policy');
    expect(line?.fields).toMatchObject({ policies: ['forbid-some'], direction: 'inbound' });
    const labels = { source: 'default/client', destination: 'default/web', direction: 'inbound' };
    expect(pair.callee.meter.value('selvage_denied_total', labels)).toBe(1);
    expect(application.connections.length).toBe(0);
    await gone();
  });

  test('does not leave the caller when its own sidecar forbids it', async () => {
    await serve(startApplication(), { mayLeave: () => false });
    await (await pair.connect()).finish();
    expect(pair.ingress.asked).toEqual([]);
    await gone();
  });

  test('goes to another endpoint when the first cannot be connected to', async () => {
    await serve(startApplication({ received: (connection) => connection.write('ok') }));
    pair.apply({ protocol: 'tcp', ports: [1, pair.inboundPort] });
    for (let count = 0; count < 4; count++) {
      await (await pair.connect()).send('x').reads('ok');
    }
  });

  test('is not tried again soon at an endpoint that failed', async () => {
    await serve(startApplication({ received: (connection) => connection.write('ok') }));
    const broken = startApplication({ opened: (connection) => connection.reset() });
    pair.apply({ protocol: 'tcp', ports: [broken.port, pair.inboundPort] });
    for (let count = 0; count < 4; count++) {
      await (await pair.connect()).send('x').reads('ok');
    }
    expect(broken.connections.length).toBe(1);
    broken.stop();
  });

  test('is closed when there is no endpoint, or none answers', async () => {
    await serve(startApplication());
    pair.apply({ protocol: 'tcp', ports: [] });
    await (await pair.connect()).finish();
    pair.apply({ protocol: 'tcp', ports: [1, 2, 3, 4] });
    await (await pair.connect()).finish();
    await gone();
  });

  test('is closed when the application does not listen', async () => {
    await serve(startApplication());
    application.stop();
    await (await pair.connect()).finish();
    await gone();
  });

  test('leaves nothing behind when the client goes while it is being opened', async () => {
    await serve(startApplication());
    for (let round = 0; round < 20; round++) {
      const clients = await Promise.all(
        Array.from({ length: 10 }, () => RawClient.connect(pair.port)),
      );
      for (const client of clients) client.reset();
    }
    await gone();
    await eventually('no application connection is left', () =>
      application.connections.every(({ closed }) => closed || closed === undefined),
    );
  });
});

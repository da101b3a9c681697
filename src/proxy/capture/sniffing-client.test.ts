import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { bunSockets } from '../../platform/index.ts';
import type { SocketListener } from '../../ports/index.ts';
import { eventually, FakeClock, recordingLog } from '../../ports/testing/index.ts';
import { Census } from '../census.ts';
import { Connections } from '../connections.ts';
import { SNIFF_WAIT_MS } from '../limits.ts';
import { type Party, type PartySocket, partyHandlers } from '../party.ts';
import { RawClient } from '../testing/index.ts';
import { SniffingClient } from './sniffing-client.ts';

/** Takes over after the verdict, and keeps what it is given. */
class Successor implements Party {
  text = '';
  hasEnded = false;
  readonly #census: Census;

  constructor(census: Census) {
    this.#census = census;
  }
  received(bytes: Buffer): void {
    this.text += bytes.toString('latin1');
  }
  drained(): void {
    // It writes nothing.
  }
  ended(): void {
    this.hasEnded = true;
  }
  closed(): void {
    this.#census.clients -= 1;
  }
}

let clock: FakeClock;
let census: Census;
let connections: Connections;
let listener: SocketListener;
let verdicts: string[];
let successor: Successor;
let accepted: PartySocket | undefined;

beforeEach(() => {
  clock = new FakeClock();
  census = new Census();
  connections = new Connections();
  verdicts = [];
  successor = new Successor(census);
  accepted = undefined;
  const accept = (socket: PartySocket): void => {
    accepted = socket;
    census.clients += 1;
    new SniffingClient({ clock, census }, socket, SNIFF_WAIT_MS, (speaks) => {
      verdicts.push(speaks);
      socket.data = successor;
    });
  };
  const handlers = partyHandlers(connections, recordingLog(), accept);
  listener = bunSockets.listen({ host: '127.0.0.1', port: 0 }, handlers);
});

afterEach(async () => {
  listener.stop();
  connections.reset();
  await eventually('an empty census', () => census.clients + census.heldBytes === 0);
});

async function connect(): Promise<RawClient> {
  const client = await RawClient.connect(listener.port);
  await eventually('it is accepted', () => accepted !== undefined);
  return client;
}

describe('a client whose protocol nobody declared', () => {
  test('is handed on with its first bytes as soon as they tell what it speaks', async () => {
    (await connect()).send('GET / HTTP/1.1\r\n\r\n');
    await eventually('a verdict', () => verdicts.length > 0);
    expect(verdicts).toEqual(['http1']);
    expect(successor.text).toBe('GET / HTTP/1.1\r\n\r\n');
  });

  test('is held until its bytes suffice, and loses none', async () => {
    const client = await connect();
    client.send('PRI * HTTP/2.0\r\n');
    await eventually('they are held', () => census.heldBytes === 16);
    client.send('\r\nSM\r\n\r\nrest');
    await eventually('a verdict', () => verdicts.length > 0);
    expect(verdicts).toEqual(['http2']);
    expect(successor.text).toBe('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nrest');
    expect(census.heldBytes).toBe(0);
  });

  test('is opaque after 50 ms of silence, since its server may speak first', async () => {
    await connect();
    clock.advance(SNIFF_WAIT_MS - 1);
    expect(verdicts).toEqual([]);
    clock.advance(1);
    expect(verdicts).toEqual(['tcp']);
    expect(successor.text).toBe('');
  });

  test('is opaque with what it said when that does not suffice in time', async () => {
    (await connect()).send('GET /');
    await eventually('it is held', () => census.heldBytes === 5);
    clock.advance(SNIFF_WAIT_MS);
    expect(verdicts).toEqual(['tcp']);
    expect(successor.text).toBe('GET /');
  });

  test('is opaque when it says no more, and its end is passed on', async () => {
    (await connect()).send('GET /').shutdown();
    await eventually('the end', () => successor.hasEnded);
    expect(verdicts).toEqual(['tcp']);
    expect(successor.text).toBe('GET /');
  });

  test('leaves nothing behind when it goes before the verdict', async () => {
    const client = await connect();
    client.send('GET /');
    await eventually('it is held', () => census.heldBytes === 5);
    client.reset();
    await eventually('an empty census', () => census.clients + census.heldBytes === 0);
    clock.advance(SNIFF_WAIT_MS);
    expect(verdicts).toEqual([]);
  });

  test('is closed when the data plane drains, since it asked for nothing yet', async () => {
    const client = await connect();
    connections.drain();
    await eventually('the end', () => client.closed);
    expect(verdicts).toEqual([]);
  });
});

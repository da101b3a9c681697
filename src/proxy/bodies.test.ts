import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../ports/testing/index.ts';
import { HIGH_WATER_BYTES, STREAM_WINDOW_MAX_BYTES } from './limits.ts';
import { type Pair, startPair } from './testing/index.ts';
import { BodyHash, sendBody } from './testing/transfer.ts';

const MIB = 1024 * 1024;
/** Of one body on its way: the window of its stream, and what is on its way into it and out of it. */
const MOST_HELD_BYTES = STREAM_WINDOW_MAX_BYTES + 4 * HIGH_WATER_BYTES;

interface EchoState {
  readonly received: BodyHash;
  sending: ReturnType<typeof sendBody> | undefined;
}

/** Reads one request's body, then answers with one of the same size, framed in the same way. */
function startHashingApplication() {
  const seen: EchoState[] = [];
  const listener = Bun.listen<EchoState>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open: (socket) => {
        socket.data = { received: new BodyHash(), sending: undefined };
        seen.push(socket.data);
      },
      data: (socket, bytes) => {
        const { received } = socket.data;
        received.receive(bytes);
        if (!received.done) return;
        const chunked = /chunked/.test(received.head);
        const framing = chunked
          ? 'transfer-encoding: chunked'
          : `content-length: ${received.bytes}`;
        socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
        socket.data.sending = sendBody(socket, received.bytes, chunked);
        socket.data.sending.drain();
      },
      drain: (socket) => socket.data.sending?.drain(),
      error: () => undefined,
    },
  });
  return { port: listener.port, seen, stop: () => listener.stop(true) };
}

async function exchange(port: number, size: number, chunked: boolean) {
  const answer = new BodyHash();
  let sending: ReturnType<typeof sendBody> | undefined;
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      data: (_socket, bytes) => answer.receive(bytes),
      drain: () => sending?.drain(),
      error: () => undefined,
    },
  });
  const framing = chunked ? 'transfer-encoding: chunked' : `content-length: ${size}`;
  socket.write(`POST /body HTTP/1.1\r\nHost: web\r\n${framing}\r\n\r\n`);
  sending = sendBody(socket, size, chunked);
  sending.drain();
  await eventually('the whole answer', () => answer.done, 20_000);
  socket.end();
  return { answer, sent: sending };
}

describe('a body', () => {
  let pair: Pair;
  let application: ReturnType<typeof startHashingApplication>;

  afterEach(async () => {
    await pair.settled();
    await pair.stop();
  });

  const sizes = [0, 64 * 1024, 64 * MIB];
  test.each(sizes.flatMap((size) => [[size, 'a length'] as const, [size, 'chunks'] as const]))(
    'of %d bytes with %s arrives whole, both ways, and is not held',
    async (size, framing) => {
      application = startHashingApplication();
      pair = await startPair(application, { service: { requestTimeoutMs: 30_000 } });
      let heldBytes = 0;
      const watch = setInterval(() => {
        for (const { plane } of [pair.caller, pair.callee]) {
          heldBytes = Math.max(heldBytes, plane.census().heldBytes);
        }
      }, 1);
      const { answer, sent } = await exchange(pair.port, size, framing === 'chunks');
      clearInterval(watch);
      const received = application.seen[0]?.received;
      expect(received?.bytes).toBe(size);
      expect(received?.sha256).toBe(sent.sha256);
      expect(answer.bytes).toBe(size);
      expect(answer.sha256).toBe(sent.sha256);
      expect(heldBytes).toBeLessThan(MOST_HELD_BYTES);
    },
    30_000,
  );
});

describe('a reader that does not read', () => {
  test('stops the writer, and what is held stays bounded', async () => {
    let written = 0;
    const block = Buffer.alloc(MIB);
    const fill = (socket: Bun.Socket<unknown>): void => {
      for (let taken = block.length; taken === block.length; written += Math.max(0, taken)) {
        taken = socket.write(block);
      }
    };
    const listener = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data: (socket) => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n');
          fill(socket);
        },
        drain: fill,
        error: () => undefined,
      },
    });
    const application = { port: listener.port, stop: () => listener.stop(true) };
    const pair = await startPair(application, { maxHeldBytes: MIB / 8 });
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: pair.port,
      socket: { data: () => undefined, error: () => undefined },
    });
    (socket as unknown as { pause(): void }).pause(); // Bun has it untyped
    socket.write('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
    let before = -1;
    await eventually('the writer stands still', () => {
      const still = written === before && written > 0;
      before = written;
      return still && pair.caller.plane.census().heldBytes > 0;
    });
    const held = [pair.caller, pair.callee].map(({ plane }) => plane.census().heldBytes);
    for (const bytes of held) expect(bytes).toBeLessThan(MOST_HELD_BYTES);
    const other = await pair.connect();
    const answer = await other.send('GET / HTTP/1.1\r\nHost: web\r\n\r\n').reads('holds as much');
    expect(answer).toContain('x-selvage-reason: overloaded');
    socket.terminate();
    await pair.settled();
    await pair.stop();
  });
});

import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { GET, headers, type Lines } from '../http2/testing/index.ts';
import { HELD_SLACK, OUTPUT_LIMIT_BYTES } from '../limits.ts';
import { hostileClient, hostileSidecar } from '../testing/hostile-sidecar.ts';
import { type Pair, startPair } from '../testing/index.ts';

const PART = Buffer.alloc(64 * 1024, 'x');
const SMALL: Lines = GET.map(
  ([name, value]) => [name, name === ':path' ? '/small' : value] as const,
);

let pair: Pair;
let application: EndlessApplication;

type EndlessApplication = ReturnType<typeof endlessApplication>;

/** It has as much to say as anybody wants to hear, except of what is small. */
function endlessApplication() {
  const say = (socket: Bun.Socket<undefined>): void => {
    while (socket.write(PART) === PART.length);
  };
  return Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: (socket, bytes) => {
        const small = bytes.includes('/small');
        const length = small ? 2 : 1e12;
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n${small ? 'ok' : ''}`);
        if (!small) say(socket);
      },
      drain: say,
      error: () => undefined,
    },
  });
}

/** Of each sidecar; a third of what 512 applications have said before they are asked to stop. */
const MAX_HELD_BYTES = 80 * 1024 * 1024;

async function serve(): Promise<void> {
  application = endlessApplication();
  pair = await startPair(application, {
    maxHeldBytes: MAX_HELD_BYTES,
    maxPeerHeldBytes: MAX_HELD_BYTES,
  });
}

afterEach(() => pair.stop());

const held = (plane: 'caller' | 'callee'): number => pair[plane].plane.census().heldBytes;
/** So many that hold less than {@link MAX_HELD_BYTES}. */
const WITHIN_BOUND = 128;
setDefaultTimeout(60_000);
/** On a machine that is busy with others. */
const STANDSTILL_MS = 20_000;
/** Until nothing moves any more in either sidecar. */
async function standstill(streams: number): Promise<void> {
  let before = '';
  let same = 0;
  await eventually(
    'nothing moves',
    () => {
      const asked = pair.ingress.asked.length;
      const now = `${held('caller')} ${held('callee')} ${asked}`;
      same = now === before ? same + 1 : 0;
      before = now;
      // What came when too much was held already was refused without a question.
      return same > 20 && asked >= Math.min(streams, WITHIN_BOUND);
    },
    STANDSTILL_MS,
  );
}

describe.each([
  ['an application', hostileClient],
  ['a sidecar that was taken over', hostileSidecar],
] as const)('what %s asks for and does not read (CVE-2024-34364)', (_, enter) => {
  async function askWithoutReading(streams: number): Promise<void> {
    await serve();
    const peer = await enter(pair); // its windows are the default ones, and it never opens them
    for (let index = 0; index < streams; index++) peer.send(headers(2 * index + 1, GET));
    await standstill(streams);
    for (const plane of ['caller', 'callee'] as const) {
      expect(held(plane)).toBeLessThan(HELD_SLACK * MAX_HELD_BYTES + OUTPUT_LIMIT_BYTES);
    }
  }

  test('is held, and nobody else waits for it', async () => {
    await askWithoutReading(WITHIN_BOUND);
    expect(pair.callee.plane.census().exchanges).toBe(WITHIN_BOUND); // none was given up
    const other = await enter(pair);
    other.send(headers(1, SMALL));
    await eventually('another is answered', () => other.content(1).toString() === 'ok');
  });

  test('is held to a bound, however much it asks for', async () => {
    await askWithoutReading(512);
  });
});

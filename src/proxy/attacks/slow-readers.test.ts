import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { GET, headers, type Lines } from '../http2/testing/index.ts';
import { OUTPUT_LIMIT_BYTES, QUEUED_BYTES, WITHHELD_BYTES } from '../limits.ts';
import { hostileClient, hostileSidecar } from '../testing/hostile-sidecar.ts';
import { type Pair, startPair } from '../testing/index.ts';

const STREAMS = 256;
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
        const length = small ? 2 : 1e15;
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n${small ? 'ok' : ''}`);
        if (!small) say(socket);
      },
      drain: say,
      error: () => undefined,
    },
  });
}

async function serve(): Promise<void> {
  application = endlessApplication();
  pair = await startPair(application);
}

afterEach(async () => {
  application.stop(true);
  await pair.stop();
});

const held = (plane: 'caller' | 'callee'): number => pair[plane].plane.census().heldBytes;
/** Until nothing moves any more in either sidecar. */
async function standstill(): Promise<void> {
  let before = '';
  let same = 0;
  await eventually('nothing moves', () => {
    const now = `${held('caller')} ${held('callee')}`;
    same = now === before ? same + 1 : 0;
    before = now;
    return same > 20 && pair.ingress.asked.length >= STREAMS;
  });
}

describe.each([
  ['an application', hostileClient],
  ['a sidecar that was taken over', hostileSidecar],
] as const)('what %s asks for and does not read (CVE-2024-34364)', (_, enter) => {
  test('is held to a bound, and nobody else waits for it', async () => {
    await serve();
    const peer = await enter(pair); // its windows are the default ones, and it never opens them
    for (let index = 0; index < STREAMS; index++) peer.send(headers(2 * index + 1, GET));
    await standstill();
    for (const plane of ['caller', 'callee'] as const) {
      expect(held(plane)).toBeLessThan(WITHHELD_BYTES + QUEUED_BYTES + OUTPUT_LIMIT_BYTES);
    }
    const other = await enter(pair);
    other.send(headers(1, SMALL));
    await eventually('another is answered', () => other.content(1).toString() === 'ok');
    peer.drop();
    other.drop();
    await pair.settled();
  });
});

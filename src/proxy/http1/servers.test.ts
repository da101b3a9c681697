import { afterEach, describe, expect, test } from 'bun:test';
import type { Clock } from '../../ports/index.ts';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import { IDLE_POOL_MS } from '../limits.ts';
import { HeardAnswer } from '../testing/heard-answer.ts';
import { answering, okAnswer } from '../testing/index.ts';
import { ServerStage } from '../testing/server-stage.ts';
import { Http1Servers } from './servers.ts';

let stage: ServerStage;

function start(limit?: number, clock?: Clock): void {
  stage = new ServerStage(
    (runtime, target) => new Http1Servers(runtime, target, limit),
    { received: answering(okAnswer('ok')) },
    clock,
  );
}

/** One request, after which its connection is idle. */
async function ask(): Promise<HeardAnswer> {
  const heard = (await stage.lease()).ask();
  await eventually('an answer', () => heard.ended);
  return heard;
}

const pooled = () => stage.runtime.census.pooled;

afterEach(() => stage.stop());

describe('the connections to an application', () => {
  test('are used again, at once', async () => {
    start();
    const { server } = await ask();
    const next = new HeardAnswer();
    stage.servers.lease(next, false);
    expect(next.server).toBe(server as never); // a test's own two requests
    expect(stage.application.connections.length).toBe(1);
  });

  test('are opened anew for who asks for a fresh one', async () => {
    start();
    const { server } = await ask();
    expect((await stage.lease(undefined, true)).server).not.toBe(server as never); // as above
  });

  test('are so many at most, and there is room again when one is gone', async () => {
    start(2);
    const [first] = [await stage.lease(), await stage.lease()];
    expect((await stage.lease()).failure?.reason).toBe('full');
    first.server?.cancel();
    await eventually('one is gone', () => stage.runtime.census.servers === 1);
    expect((await stage.lease()).server).toBeDefined();
  });

  test('are not all for one peer: when few are left, who has half of them gets no more', async () => {
    start(8);
    const lease = async (requester: string) => {
      const heard = new HeardAnswer();
      heard.requester = requester;
      stage.servers.lease(heard, true);
      await eventually('a verdict', () => (heard.server ?? heard.failure) !== undefined);
      return heard;
    };
    for (let count = 0; count < 6; count++) expect((await lease('a')).failure).toBeUndefined();
    expect((await lease('a')).failure?.reason).toBe('full');
    expect((await lease('b')).failure).toBeUndefined();
    expect((await lease('c')).failure).toBeUndefined();
    expect((await lease('b')).failure?.reason).toBe('full');
  });

  test('count while they are being opened, and those that fail or are cancelled no longer', async () => {
    start(1);
    const opening = new HeardAnswer();
    stage.servers.lease(opening, false);
    expect((await stage.lease()).failure?.reason).toBe('full');
    opening.pending?.cancel();
    const { server } = await stage.lease();
    server?.cancel();
    await eventually('it is gone', () => stage.runtime.census.servers === 0);
    stage.application.stop();
    for (const _ of [1, 2]) expect((await stage.lease()).failure?.reason).toBe('refused');
  });

  test('are never lent when the application closed them, or spoke on them unasked', async () => {
    start();
    for (const spoil of ['shutdown', 'reset', 'write'] as const) {
      await ask();
      expect(pooled()).toBe(1);
      stage.application.connections.at(-1)?.[spoil]('HTTP/1.1 200 OK\r\n\r\n');
      await eventually('it is gone', () => pooled() === 0);
    }
    expect((await ask()).content).toBe('ok');
  });

  test('are closed after some time without a request, and when all ends', async () => {
    const clock = new FakeClock(0);
    start(undefined, clock);
    await ask();
    clock.advance(IDLE_POOL_MS - 1_000);
    expect(pooled()).toBe(1);
    clock.advance(1_200);
    await eventually('it is gone', () => pooled() === 0);
    await ask();
    stage.runtime.connections.drain();
    await eventually('it is gone', () => pooled() === 0);
  });
});

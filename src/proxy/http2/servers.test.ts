import { afterEach, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { HeardAnswer } from '../testing/heard-answer.ts';
import { startRuntime } from '../testing/runtime.ts';
import { Http2Servers } from './index.ts';
import {
  goAway,
  ping,
  type RawListener,
  settingsFrame,
  startRawListener,
} from './testing/index.ts';
import { FRAME } from './wire.ts';

let listener: RawListener;

afterEach(() => listener.stop());

test('a request does not wait for a server that accepts no more and only finishes what it has', async () => {
  listener = startRawListener();
  const runtime = startRuntime();
  const target = { host: '127.0.0.1', port: listener.port, connectTimeoutMs: 1_000 };
  const servers = new Http2Servers(runtime, target);
  const slow = new HeardAnswer();
  servers.lease(slow);
  await eventually('a connection', () => slow.server !== undefined);
  slow.ask();
  const [peer] = listener.peers;
  peer?.send(settingsFrame(), goAway(1), ping());
  await eventually('it has heard that', () => peer?.of(FRAME.PING).length === 1);
  servers.retarget({ ...target, port: 1 }); // nobody listens any more
  const next = new HeardAnswer();
  servers.lease(next);
  await eventually('it may go elsewhere', () => next.failure !== undefined);
  expect(next.failure).toMatchObject({ stage: 'connect', reason: 'refused' });
  expect(slow.loss).toBeUndefined();
  runtime.connections.reset();
});

import { afterEach, describe, expect, test } from 'bun:test';
import { bunSockets, realClock, realRandom } from '../../platform/index.ts';
import { eventually, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { LimitedLog } from '../../telemetry/index.ts';
import { Census } from '../census.ts';
import { Connections } from '../connections.ts';
import { Deadlines } from '../deadlines.ts';
import { dialHandlers } from '../dial.ts';
import { Mesh } from '../mesh-view.ts';
import { ProxyMetrics } from '../metrics.ts';
import type { Runtime } from '../runtime.ts';
import { type Application, startApplication } from '../testing/index.ts';
import { Turn } from '../turn.ts';
import { NO_USERS } from '../users.ts';
import { type LeaseFailure, type PendingLease, Pool, type PoolUser } from './pool.ts';
import type { Upstream } from './upstream.ts';

function startRuntime(): Runtime {
  const connections = new Connections();
  const log = recordingLog();
  return {
    sockets: bunSockets,
    applicationSockets: bunSockets,
    clock: realClock,
    random: realRandom,
    log,
    limitedLog: new LimitedLog(log, realClock),
    users: NO_USERS,
    metrics: new ProxyMetrics(recordingMeter()),
    mesh: new Mesh(bunSockets, NO_USERS),
    census: new Census(),
    connections,
    deadlines: new Deadlines(realClock),
    turn: new Turn(bunSockets),
    maxClients: 10,
    dialHandlers: dialHandlers(connections, log),
  };
}

class User implements PoolUser {
  pending: PendingLease | undefined;
  upstream: Upstream | undefined;
  failure: LeaseFailure | undefined;

  leased(upstream: Upstream): void {
    this.upstream = upstream;
  }

  unleased(failure: LeaseFailure): void {
    this.failure = failure;
  }
}

describe('a pool', () => {
  let application: Application;
  const runtime = startRuntime();

  function startPool(limit?: number): Pool {
    application = startApplication();
    const target = { host: '127.0.0.1', port: application.port, connectTimeoutMs: 1_000 };
    return new Pool(runtime, target, limit);
  }

  async function lease(pool: Pool): Promise<User> {
    const user = new User();
    pool.lease(user);
    await eventually('an outcome', () => user.upstream !== undefined || user.failure !== undefined);
    return user;
  }

  afterEach(async () => {
    runtime.connections.reset();
    application.stop();
    await eventually('an empty census', () =>
      Object.values(runtime.census.report()).every((count) => count === 0),
    );
  });

  test('lends a connection that came back, at once', async () => {
    const pool = startPool();
    const { upstream } = await lease(pool);
    if (upstream !== undefined) pool.giveBack(upstream);
    const user = new User();
    pool.lease(user);
    expect(user.upstream).toBe(upstream);
    expect(application.connections.length).toBe(1);
  });

  test('opens another one for a user that asks for a fresh one', async () => {
    const pool = startPool();
    const { upstream } = await lease(pool);
    if (upstream !== undefined) pool.giveBack(upstream);
    const user = new User();
    pool.lease(user, true);
    await eventually('a fresh one', () => user.upstream !== undefined);
    expect(user.upstream).not.toBe(upstream);
  });

  test('has at most so many connections, and room again when one is gone', async () => {
    const pool = startPool(2);
    const [first] = [await lease(pool), await lease(pool)];
    expect((await lease(pool)).failure?.reason).toBe('full');
    first?.upstream?.close();
    await eventually('one is gone', () => runtime.census.servers === 1);
    expect((await lease(pool)).upstream).toBeDefined();
  });

  test('counts connections that are being opened, and those that fail or are cancelled no longer', async () => {
    const pool = startPool(1);
    const user = new User();
    pool.lease(user);
    const second = new User();
    pool.lease(second);
    expect(second.failure?.reason).toBe('full');
    user.pending?.cancel();
    expect((await lease(pool)).upstream).toBeDefined();
  });

  test('never lends a connection that the server closed, or on which it spoke unasked', async () => {
    const pool = startPool();
    for (const spoil of ['shutdown', 'write'] as const) {
      const { upstream } = await lease(pool);
      if (upstream !== undefined) pool.giveBack(upstream);
      expect(runtime.census.pooled).toBe(1);
      application.connections.at(-1)?.[spoil]('HTTP/1.1 200 OK\r\n\r\n');
      await eventually('it is gone', () => runtime.census.pooled === 0);
    }
  });
});

import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import { IDLE_BODY_MS } from '../limits.ts';
import {
  type AppConnection,
  type Application,
  type Pair,
  type RawClient,
  startApplication,
  startPair,
} from '../testing/index.ts';

const SPARE_MS = 1_000;
const MUCH = 'x'.repeat(64 * 1024);

let clock: FakeClock;
let pair: Pair;
let application: Application;
let client: RawClient;
/** It came before, and stays. */
let other: RawClient;

/** A connection through both sidecars that carried something, the application's end of it, and what was held before it. */
async function connect(): Promise<{ readonly far: AppConnection; readonly before: string }> {
  clock = new FakeClock(Date.now());
  application = startApplication({
    received: (connection) => {
      if (connection.text !== 'ping') return;
      connection.text = '';
      connection.write('pong');
    },
  });
  pair = await startPair(application, { clock, service: { protocol: 'tcp' } });
  other = await pair.connect();
  await other.send('ping').reads('pong');
  const before = census();
  client = await pair.connect();
  await client.send('ping').reads('pong');
  const [, far] = application.connections;
  if (far === undefined) throw new Error('it answered');
  return { far, before };
}

const STEP_MS = 5_000;

/** Lets so much time pass on a tunnel that carries another connection. */
async function pass(spanMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < spanMs; passedMs += STEP_MS) {
    clock.advance(Math.min(STEP_MS, spanMs - passedMs));
    other.text = '';
    await other.send('ping').reads('pong');
  }
}

const census = (): string =>
  JSON.stringify([pair.caller, pair.callee].map(({ plane }) => plane.census()));

/** Nothing of it is left, and the tunnel carries the other one. */
async function isForgotten(before: string): Promise<void> {
  await eventually(`only ${before} is held`, () => census() === before).catch((cause) => {
    throw new Error(`held: ${census()}`, { cause });
  });
  other.text = '';
  await other.send('ping').reads('pong');
}

afterEach(() => pair.stop());

describe('a TCP connection', () => {
  test.each(['client', 'application'] as const)(
    'whose %s has closed its side, and whose other end says nothing, is cut',
    async (who) => {
      const { far, before } = await connect();
      const [first, second] = who === 'client' ? [client, far] : [far, client];
      first.shutdown();
      await eventually('the other end knows', () => second.ended);
      await pass(IDLE_BODY_MS - SPARE_MS);
      expect(second.closed).toBe(false);
      await pass(IDLE_BODY_MS + 2 * SPARE_MS); // twice the span at most: what moved is looked at once in each
      await eventually('both ends are cut', () => first.closed && second.closed);
      await isForgotten(before);
    },
  );

  test('whose client leaves while the application does not read gives back what was held', async () => {
    const { far, before } = await connect();
    far.pause();
    await eventually('much is held', () => {
      client.push(MUCH);
      return pair.callee.plane.census().heldBytes > MUCH.length;
    });
    client.reset();
    await eventually('nothing is held', () => pair.callee.plane.census().heldBytes === 0);
    far.resume();
    await eventually('the application knows', () => far.closed);
    await isForgotten(before);
  });

  test('whose application leaves while the client does not read gives back what was held', async () => {
    const { far, before } = await connect();
    client.pause();
    await eventually('much is held', () => {
      far.write(MUCH);
      return pair.caller.plane.census().heldBytes > MUCH.length;
    });
    far.reset();
    await eventually('nothing is held', () => pair.caller.plane.census().heldBytes === 0);
    client.resume();
    await eventually('the client knows', () => client.closed);
    await isForgotten(before);
  });

  test('to an application that is gone is reset, and logged once', async () => {
    const { far } = await connect();
    far.reset();
    application.stop();
    await eventually('the end', () => client.closed);
    const late = await pair.connect();
    await eventually('the reset', () => late.error?.includes('reset') === true);
    const lines = [pair.caller, pair.callee].flatMap(({ log }) =>
      log.lines.filter(({ level }) => level === 'warn' || level === 'error'),
    );
    expect(lines).toMatchObject([
      { message: 'gave a connection up', fields: { reason: 'app-not-listening' } },
    ]);
  });
});

import { afterEach, describe, expect, test } from 'bun:test';
import { entriesOf } from '../crypto/testing/index.ts';
import { eventually, FakeClock } from '../ports/testing/index.ts';
import {
  CONNECTION_CHECK_MS,
  EXPIRY_MARGIN_MS,
  IDLE_SIDECAR_MS,
  IDLE_SILENCE_MS,
  RENEW_AHEAD_MS,
  RENEW_SPREAD_MS,
  WARM_ENDPOINTS,
  WARM_RETRY_MS,
  WARM_SPREAD_MS,
} from './limits.ts';
import { type HeldSockets, heldSockets } from './testing/held-sockets.ts';
import {
  answering,
  identityOf,
  okAnswer,
  type Pair,
  type PairOptions,
  startApplication,
  startAuthority,
  startPair,
} from './testing/index.ts';

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const TICK_MS = 100;
const ASKED_AFTER_MS = IDLE_SILENCE_MS + CONNECTION_CHECK_MS;

let pair: Pair;
let clock: FakeClock;
let dials: HeldSockets;

async function serve(options: PairOptions = {}): Promise<void> {
  clock = new FakeClock(Date.now());
  dials = heldSockets();
  const application = startApplication({ received: answering(okAnswer('ok')) });
  pair = await startPair(application, { clock, sockets: dials.sockets, ...options });
}

afterEach(async () => {
  dials.release();
  await pair.stop();
});

const tunnels = (): number => pair.caller.plane.census().pooled;
const ready = () => eventually('a tunnel is ready', () => tunnels() === 1);
const shaken = (result = 'ok'): number =>
  pair.callee.meter.value('selvage_tls_handshakes_total', { role: 'server', result });

/** A request on a connection of its own; it would wait if no tunnel were there. */
async function ask(): Promise<void> {
  const client = await pair.connect();
  await client.send(GET).reads('200 OK');
  client.reset();
  const planes = [pair.caller.plane, pair.callee.plane];
  await eventually('it is over', () => planes.every((plane) => plane.census().exchanges === 0));
}

/** Lets time pass until a dial is held, `limitMs` at most. */
function passUntilHeld(limitMs: number): void {
  for (let passedMs = 0; passedMs < limitMs && dials.held() === 0; passedMs += TICK_MS) {
    clock.advance(TICK_MS);
  }
}

/** Lets time pass in which nothing is asked for, but sidecars hear that the other one lives. */
async function passIdly(spanMs: number): Promise<void> {
  for (let leftMs = spanMs; leftMs > 0; leftMs -= ASKED_AFTER_MS) {
    const before = dials.heard();
    clock.advance(Math.min(leftMs, ASKED_AFTER_MS));
    if (leftMs < ASKED_AFTER_MS) return;
    await eventually('it was asked, and answered', () => dials.heard() > before);
  }
}

describe('a tunnel is ready before it is needed', () => {
  test('for the first request of a fresh sidecar', async () => {
    await serve();
    clock.advance(WARM_SPREAD_MS + TICK_MS);
    await ready();
    dials.hold();
    await ask();
    expect(dials.held()).toBe(0);
  });

  // consul#16779: an ended certificate shown for days beside a fresh one
  test('when a certificate is renewed, and no request waits for it', async () => {
    await serve();
    await ask();
    dials.hold();
    pair.caller.plane.useIdentity(await identityOf(pair.authority, 'client'));
    await ask();
    expect(dials.held()).toBe(0);
    passUntilHeld(RENEW_SPREAD_MS + TICK_MS);
    await ask();
    expect(dials.held()).toBe(1); // and no request was held
    dials.release();
    await eventually('the new one is there', () => shaken() === 2);
    await eventually('it took the place of the other', () => tunnels() === 1);
    dials.hold();
    await ask();
    expect(dials.held()).toBe(0);
  });

  test('when an authority is added', async () => {
    await serve();
    await ask();
    dials.hold();
    const { pem } = await startAuthority('n2');
    pair.apply({}, { bundle: entriesOf(pair.authority.pem, pem) });
    await ask();
    passUntilHeld(RENEW_SPREAD_MS + TICK_MS);
    expect(dials.held()).toBe(1);
  });

  test('but not under an authority that is in force no longer', async () => {
    await serve();
    await ask();
    const other = await startAuthority('n2');
    pair.apply({}, { bundle: entriesOf(other.pem) });
    await eventually('the tunnel is closed', () => tunnels() === 0);
  });

  test('when the one before ends with the certificate of its peer', async () => {
    const lifeMs = 900_000;
    await serve({ lifeMs });
    await ask();
    dials.hold();
    const retiredAfterMs = lifeMs - EXPIRY_MARGIN_MS;
    await passIdly(IDLE_SIDECAR_MS / 2);
    await ask(); // or nobody would need the next one
    await passIdly(retiredAfterMs - RENEW_AHEAD_MS - IDLE_SIDECAR_MS / 2 - 2_000);
    await ask();
    expect(dials.held()).toBe(0);
    passUntilHeld(RENEW_AHEAD_MS / 2 + 4_000);
    expect(dials.held()).toBe(1);
    await ask();
  });

  test('again when its peer ended it', async () => {
    await serve();
    await ask();
    pair.callee.plane.drain(1_000);
    await eventually('it is closed', () => tunnels() === 0);
    dials.hold();
    clock.advance(WARM_SPREAD_MS + TICK_MS);
    expect(dials.held()).toBe(1);
  });
});

describe('no storm comes of it', () => {
  const endpoints = Array.from({ length: 10 }, (_, index) => index + 1);

  test('only some endpoints of a service have a tunnel ahead of need', async () => {
    await serve();
    dials.hold();
    pair.apply({ ports: endpoints });
    clock.advance(WARM_SPREAD_MS + TICK_MS);
    expect(dials.held()).toBe(WARM_ENDPOINTS);
  });

  test('an endpoint that fails is tried later and later', async () => {
    await serve();
    const broken = startApplication({ opened: (connection) => connection.reset() });
    pair.apply({ ports: [broken.port] });
    let elapsedMs = 0;
    const attempts: number[] = [];
    while (attempts.length < 4) {
      clock.advance(TICK_MS);
      elapsedMs += TICK_MS;
      if (pair.caller.plane.census().dialling === 0) continue;
      attempts.push(elapsedMs);
      await eventually('it failed', () => pair.caller.plane.census().dialling === 0);
    }
    const waits = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    const expected = [WARM_RETRY_MS, 2 * WARM_RETRY_MS, 4 * WARM_RETRY_MS];
    for (const [index, wait] of waits.entries()) {
      const waitMs = expected[index] ?? 0;
      expect(wait).toBeGreaterThanOrEqual(0.8 * waitMs);
      expect(wait).toBeLessThanOrEqual(1.2 * waitMs + 2 * TICK_MS);
    }
    broken.stop();
  });

  test('a tunnel that nobody needs for long is let go, and none follows', async () => {
    await serve();
    await ask();
    await passIdly(IDLE_SIDECAR_MS - 2 * CONNECTION_CHECK_MS);
    expect(tunnels()).toBe(1);
    clock.advance(4 * CONNECTION_CHECK_MS);
    await eventually('it is closed', () => tunnels() === 0);
    dials.hold();
    clock.advance(60_000);
    expect(dials.held()).toBe(0);
  });

  test('none is opened while one is being opened for a request', async () => {
    await serve();
    dials.hold();
    const client = (await pair.connect()).send(GET);
    await eventually('it waits', () => dials.held() === 1);
    clock.advance(WARM_SPREAD_MS + TICK_MS);
    expect(dials.held()).toBe(1);
    dials.release();
    await client.reads('200 OK');
  });

  test('one that is being opened when the sidecar stops does not stay', async () => {
    await serve();
    dials.hold();
    passUntilHeld(WARM_SPREAD_MS + TICK_MS);
    pair.caller.plane.stop();
    dials.release();
    await eventually('it is over', () => pair.caller.plane.census().dialling === 0);
    expect(pair.caller.plane.census().servers).toBe(0);
  });

  test('a sidecar that ends opens none', async () => {
    await serve();
    void pair.caller.plane.drain(1_000);
    dials.hold();
    clock.advance(WARM_SPREAD_MS + TICK_MS);
    expect(dials.held()).toBe(0);
  });
});

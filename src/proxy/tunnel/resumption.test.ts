import { afterEach, describe, expect, test } from 'bun:test';
import type { ServiceKey } from '../../core/index.ts';
import { entriesOf } from '../../crypto/testing/index.ts';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import { type HeldSockets, heldSockets } from '../testing/held-sockets.ts';
import {
  type Application,
  accountId,
  answering,
  identityOf,
  okAnswer,
  type Pair,
  type PairOptions,
  startApplication,
  startAuthority,
  startPair,
  WEB,
} from '../testing/index.ts';
import { tunnelServerName } from './index.ts';

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const HOUR_MS = 3_600_000;

let pair: Pair;
let application: Application;
let dials: HeldSockets;

async function serve(options: PairOptions = {}): Promise<void> {
  dials = heldSockets();
  application = startApplication({ received: answering(okAnswer('ok')) });
  pair = await startPair(application, { sockets: dials.sockets, ...options });
}

afterEach(() => pair.stop());

async function ask(answer = '200 OK'): Promise<void> {
  const client = await pair.connect();
  await client.send(GET).reads(answer);
  client.reset();
}

/** Has a request use a tunnel, and cuts it, so that the next one needs another. */
async function askAndCut(): Promise<void> {
  await ask();
  dials.cut();
  await eventually('the tunnel is gone', () => pair.caller.plane.census().servers === 0);
}

const counted = (plane: 'caller' | 'callee', result: string): number =>
  pair[plane].meter.value('selvage_tls_handshakes_total', {
    role: plane === 'caller' ? 'client' : 'server',
    result,
  });

describe('a tunnel to a sidecar that was connected to before', () => {
  test('takes up the TLS session again, and policies are told', async () => {
    await serve();
    await askAndCut();
    await ask();
    expect(dials.resumed).toEqual([false, true]);
    expect([counted('caller', 'resumed'), counted('callee', 'resumed')]).toEqual([1, 1]);
    expect(pair.ingress.asked.map(({ tls }) => tls?.resumed)).toEqual([false, true]);
  });

  test('does so again and again, each time with the session of the last one', async () => {
    await serve();
    for (let round = 0; round < 4; round++) await askAndCut();
    expect(dials.resumed).toEqual([false, true, true, true]);
  });

  test('begins a new session under a new certificate of either side', async () => {
    await serve();
    await askAndCut();
    pair.caller.plane.useIdentity(await identityOf(pair.authority, 'client'));
    await askAndCut();
    pair.callee.plane.useIdentity(await identityOf(pair.authority, 'web'));
    await askAndCut();
    expect(dials.resumed).toEqual([false, false, false]);
  });

  test('begins a new session when other authorities are in force', async () => {
    await serve();
    await askAndCut();
    const { pem } = await startAuthority('n2');
    pair.apply({}, { bundle: entriesOf(pair.authority.pem, pem) });
    await askAndCut();
    expect(dials.resumed).toEqual([false, false]);
  });

  test('is never opened with the session of another identity', async () => {
    await serve();
    await askAndCut();
    pair.caller.plane.useIdentity(await identityOf(pair.authority, 'other'));
    await ask();
    expect(dials.resumed).toEqual([false, false]);
    expect(pair.ingress.asked.at(-1)?.principal).toBe(accountId('other'));
  });
});

describe('a resumed session escapes no rule that changed (CVE-2022-21654)', () => {
  test('a request is refused that policies permitted when the session began', async () => {
    let permitted = true;
    await serve({ mayEnter: () => permitted });
    await askAndCut();
    permitted = false;
    await ask('403 Forbidden');
    expect(pair.ingress.asked.at(-1)?.tls?.resumed).toBe(true);
  });

  test('a peer is refused that might serve when the session began', async () => {
    await serve();
    await askAndCut();
    pair.apply({ identities: [accountId('other')] });
    await ask('x-selvage-reason: unreachable');
    expect(dials.resumed[1]).toBe(true);
    expect(counted('caller', 'wrong-identity')).toBeGreaterThan(0);
    pair.apply({});
    await ask();
    expect(dials.resumed.at(-1)).toBe(false); // what was refused is not offered again
  });

  test('a peer is refused whose authority is in force no longer', async () => {
    await serve();
    await askAndCut();
    const { pem } = await startAuthority('n2');
    pair.apply({}, { bundle: entriesOf(pem) });
    await ask('x-selvage-reason: unreachable');
    expect(counted('caller', 'unknown-authority')).toBeGreaterThan(0);
  });
});

describe('a client that keeps its session by itself', () => {
  interface Attempt {
    readonly session: Buffer | undefined;
    readonly resumed: boolean;
  }

  /** What a dishonest sidecar would do: one handshake, with a session that it should not use any more. */
  async function attempt(
    identity: Awaited<ReturnType<typeof identityOf>>,
    session?: Buffer,
    { port = pair.inboundPort, service = WEB } = {},
  ): Promise<Attempt> {
    let resumed = false;
    let heard: Buffer | undefined;
    let over = false;
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port,
      tls: {
        cert: identity.certificateChainPem,
        key: identity.privateKeyPem,
        serverName: tunnelServerName(service),
        rejectUnauthorized: false,
        ...{ minVersion: 0x0304 }, // Bun has it untyped
      },
      socket: {
        open: (self) => {
          if (session !== undefined) self.setSession(session);
        },
        handshake: (self) => {
          resumed = self.isSessionReused();
        },
        data: (self) => {
          // Bun's types say that it returns nothing; it returns the session.
          heard = self.getSession() as unknown as Buffer;
        },
        close: () => {
          over = true;
        },
        error: () => undefined,
      },
    });
    await eventually('an answer or an end', () => over || heard !== undefined);
    socket.terminate();
    return { session: heard, resumed };
  }

  test('is refused when the certificate has ended with which it began', async () => {
    const clock = new FakeClock(Date.now());
    await serve({ clock, lifeMs: 4 * HOUR_MS });
    const identity = await identityOf(pair.authority, 'client', { lifeMs: HOUR_MS });
    const first = await attempt(identity);
    expect((await attempt(identity, first.session)).session).toBeDefined();
    expect(counted('callee', 'resumed')).toBe(1);
    clock.jump(clock.now() + HOUR_MS + 1_000);
    const late = await attempt(identity, first.session);
    expect(late).toEqual({ session: undefined, resumed: true });
    expect(counted('callee', 'expired')).toBe(1);
  });

  test('is refused when the authority is in force no longer with which it began', async () => {
    await serve();
    const identity = await identityOf(pair.authority, 'client');
    const { session } = await attempt(identity);
    const { pem } = await startAuthority('n2');
    pair.apply({}, { bundle: entriesOf(pem) });
    expect((await attempt(identity, session)).session).toBeUndefined();
    expect(counted('callee', 'resumed')).toBe(0);
  });

  test('is refused when it was revoked since the session began, and the session was taken up again', async () => {
    await serve();
    const identity = await identityOf(pair.authority, 'client');
    const { session } = await attempt(identity);
    const revoked = {
      kind: 'workload',
      spiffeId: accountId('client'),
      beforeMs: Date.now(),
    } as const;
    pair.apply({}, { revocations: { all: [revoked], byAuthorities: [] } });
    expect((await attempt(identity, session)).session).toBeUndefined();
    expect(counted('callee', 'revoked')).toBe(1);
    pair.apply({}, { revocations: { all: [], byAuthorities: [] } });
    const again = await attempt(identity, session); // nothing but the revocation was in its way
    expect(again).toMatchObject({ session: expect.anything(), resumed: true });
  });

  test('is refused when it asks for another service than the one that listens', async () => {
    await serve();
    const identity = await identityOf(pair.authority, 'client');
    const { session } = await attempt(identity);
    const service = 'default/other' as ServiceKey; // a service key
    const other = await attempt(identity, session, { service });
    expect(other).toEqual({ session: undefined, resumed: true });
    expect(counted('callee', 'wrong-service')).toBe(1);
  });

  test('cannot go on with it at another listener, or under another bundle', async () => {
    await serve();
    const service = 'default/other' as ServiceKey; // a service key
    const target = { host: '127.0.0.1', port: application.port };
    const listening = { host: '127.0.0.1', port: 0, service, target };
    const { port } = pair.callee.plane.openInbound(listening);
    const identity = await identityOf(pair.authority, 'client');
    const { session } = await attempt(identity);
    expect((await attempt(identity, session, { port, service })).resumed).toBe(false);
    const { pem } = await startAuthority('n2');
    pair.apply({}, { bundle: entriesOf(pair.authority.pem, pem) });
    const later = await attempt(identity, session);
    expect(later).toMatchObject({ session: expect.anything(), resumed: false });
  });

  test('is whom the session began with, whatever certificate it holds now', async () => {
    await serve();
    const { session } = await attempt(await identityOf(pair.authority, 'client'));
    const other = await identityOf(pair.authority, 'other');
    const { resumed } = await attempt(other, session);
    expect(resumed).toBe(true); // which is why our own sidecars never offer it under another
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { runHostTool } from '../../platform/index.ts';
import {
  CANNOT_MAKE_NAMESPACES,
  startNamespace,
  type TestNamespace,
} from '../../platform/testing/index.ts';
import { endCapture, listCaptures, startCapture } from './capture-control.ts';
import { isCaptured } from './capture-loop.ts';
import { ownerOf, tableOf } from './capture-rules.ts';
import type { Captured, CapturePlan } from './captured.ts';

const NOBODY = 65_534;
const NO_EXCEPTIONS = { ports: [], networks: [], uids: [] };
const STRANGER = '203.0.113.7';

let place: TestNamespace;
let all: Captured;

/** One user's connections: what is told inside, happens inside. */
const start = (plan: Partial<CapturePlan> = {}): Promise<boolean> =>
  place.namespace.inside(() =>
    startCapture({
      whose: { kind: 'user', uid: NOBODY },
      outbound: 15_001,
      except: NO_EXCEPTIONS,
      ...plan,
    }),
  );
const end = (whose: Captured = { kind: 'user', uid: NOBODY }): Promise<void> =>
  place.namespace.inside(() => endCapture(whose));
const ruleset = (): Promise<string> => runHostTool('nft', ['list', 'ruleset'], place.namespace);
/** Tries to connect as a user, and waits until that failed: nobody listens anywhere. */
async function knock(uid: number, host: string, port: number): Promise<void> {
  const command = ['setpriv', `--reuid=${uid}`, '--clear-groups', 'bash', '-c'];
  const child = place.namespace.inside(() =>
    Bun.spawn([...command, `exec 3<>/dev/tcp/${host}/${port}`], { stderr: 'ignore' }),
  );
  await child.exited;
}

const taken = async (table: string): Promise<string> => {
  const text = await runHostTool(
    'nft',
    ['list', 'counter', 'inet', table, 'outbound'],
    place.namespace,
  );
  return /packets (\d+)/.exec(text)?.[1] ?? '';
};

describe.skipIf(CANNOT_MAKE_NAMESPACES)('a capture (needs root, ip and nft)', () => {
  beforeAll(async () => {
    place = await startNamespace();
    all = { kind: 'namespace', name: place.name };
  });
  afterAll(() => place.remove());

  test('takes one user’s connections over IPv4 and IPv6, and nobody else’s', async () => {
    await start();
    await knock(NOBODY, STRANGER, 80);
    await knock(NOBODY, '2001:db8::7', 80);
    await knock(0, STRANGER, 80);
    expect(await taken('selvage-uid-65534')).toBe('2');
    await end();
  });

  test('leaves loopback and all exceptions alone', async () => {
    const networks = [
      { family: 4, text: '198.51.100.0/24' },
      { family: 6, text: '2001:db8:1::/48' },
    ] as const;
    await start({ except: { ports: [22, 53], networks, uids: [] } });
    await knock(NOBODY, '127.0.0.1', 80);
    await knock(NOBODY, '198.51.100.9', 80);
    await knock(NOBODY, '2001:db8:1::1', 80);
    await knock(NOBODY, STRANGER, 53);
    expect(await taken('selvage-uid-65534')).toBe('0');
    await start({ except: { ...NO_EXCEPTIONS, uids: [NOBODY] } });
    await knock(NOBODY, STRANGER, 80);
    expect(await taken('selvage-uid-65534')).toBe('0');
    await end();
  });

  test('is the same when it is put in force again, and goes without a trace', async () => {
    await place.rules('table inet mine {\n chain c {\n type filter hook input priority 0\n }\n }');
    const before = await ruleset();
    await start({ inbound: { ports: [8_080], listener: 15_006 } });
    const once = await ruleset();
    await start({ inbound: { ports: [8_080], listener: 15_006 } });
    expect(await ruleset()).toBe(once);
    expect(once).not.toBe(before);
    await end();
    expect(await ruleset()).toBe(before);
    await end();
    expect(await ruleset()).toBe(before);
  });

  test('does not touch that of others', async () => {
    await startCapture({ whose: all, outbound: 15_002, except: NO_EXCEPTIONS });
    await start();
    await end();
    expect(await ruleset()).toContain('selvage-namespace');
    await endCapture(all);
    expect(await ruleset()).not.toContain('selvage');
  });

  test('is listed with what it takes', async () => {
    const inbound = { ports: [80, 8_080], listener: 15_006 };
    await startCapture({ whose: all, outbound: 15_001, inbound, except: NO_EXCEPTIONS });
    await knock(0, STRANGER, 80);
    const state = (await listCaptures()).find(({ whose }) => tableOf(whose) === tableOf(all));
    expect(state).toEqual({
      whose: all,
      outbound: 15_001,
      inbound,
      taken: { outbound: 1, inbound: 0 },
    });
    await endCapture(all);
  });

  test('says whether somebody takes what it captures', async () => {
    expect(await start()).toBe(false);
    const listener = place.namespace.inside(() =>
      Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } }),
    );
    expect(await start({ outbound: listener.port })).toBe(true);
    await end();
    listener.stop();
  });

  test('of the sidecar’s own user is refused, unless that is an exception', async () => {
    const listener = place.namespace.inside(() =>
      Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } }),
    );
    const own = { whose: { kind: 'user', uid: 0 }, outbound: listener.port } as const;
    await expect(start(own)).rejects.toMatchObject({ code: 'CAPTURE_LOOP' });
    expect(await ruleset()).not.toContain('selvage');
    listener.stop();
  });

  test('of a namespace is refused when its sidecar is in it', async () => {
    const script =
      'console.log(Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }).port)';
    const sidecar = place.namespace.inside(() =>
      Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'ignore' }),
    );
    try {
      const { value } = await sidecar.stdout.getReader().read();
      const outbound = Number(new TextDecoder().decode(value));
      const plan = { whose: all, outbound, except: NO_EXCEPTIONS };
      await expect(startCapture(plan)).rejects.toMatchObject({ code: 'CAPTURE_LOOP' });
      expect(await startCapture({ ...plan, except: { ...NO_EXCEPTIONS, uids: [0] } })).toBe(true);
    } finally {
      sidecar.kill();
    }
    await endCapture(all);
  });

  test('of a namespace is not refused when its sidecar only listens there', async () => {
    const listener = place.namespace.inside(() =>
      Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } }),
    );
    const plan = { whose: all, outbound: listener.port, except: NO_EXCEPTIONS };
    expect(await startCapture(plan)).toBe(true);
    listener.stop();
    await endCapture(all);
  });

  test('of what is not there is refused by name', async () => {
    const except = NO_EXCEPTIONS;
    const gone = { kind: 'namespace', name: 'selvage-none' } as const;
    await expect(startCapture({ whose: gone, except })).rejects.toMatchObject({
      code: 'NAMESPACE_MISSING',
    });
    const cgroup = { kind: 'cgroup', path: 'no/such.slice' } as const;
    await expect(startCapture({ whose: cgroup, except })).rejects.toMatchObject({
      code: 'CGROUP_MISSING',
    });
  });
});

test('takes a process by its user, its cgroup with all below, or its namespace', () => {
  const origin = { uid: 7, cgroup: 'system.slice/shop.service/worker', namespace: 'net:[1]' };
  const takes = (whose: Captured, uids: readonly number[] = []) =>
    isCaptured({ whose, except: { ...NO_EXCEPTIONS, uids } }, origin, 'net:[1]');
  expect(takes({ kind: 'user', uid: 7 })).toBe(true);
  expect(takes({ kind: 'user', uid: 8 })).toBe(false);
  expect(takes({ kind: 'user', uid: 7 }, [7])).toBe(false);
  expect(takes({ kind: 'cgroup', path: 'system.slice/shop.service' })).toBe(true);
  expect(takes({ kind: 'cgroup', path: 'system.slice/shop' })).toBe(false);
  expect(takes({ kind: 'namespace', name: 'blue' })).toBe(true);
  expect(takes({ kind: 'namespace', name: 'blue' }, [7])).toBe(false);
  expect(isCaptured({ whose: all, except: NO_EXCEPTIONS }, origin, 'net:[2]')).toBe(false);
});

test('each has a table of its own, whose name says whose it is', () => {
  const captured: readonly Captured[] = [
    { kind: 'user', uid: 1_000 },
    { kind: 'cgroup', path: 'system.slice/a_b-c@1.service' },
    { kind: 'cgroup', path: 'system.slice/a b' },
    { kind: 'namespace', name: 'shop' },
  ];
  for (const whose of captured) expect(ownerOf(tableOf(whose), 'shop')).toEqual(whose);
  expect(new Set(captured.map(tableOf)).size).toBe(captured.length);
  expect(ownerOf('selvage', 'shop')).toBeUndefined();
  expect(ownerOf('my-selvage-uid-7', 'shop')).toBeUndefined();
});

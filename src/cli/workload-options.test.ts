import { expect, test } from 'bun:test';
import type { Namespace, ServiceKey } from '../core/index.ts';
import type { SidecarOptions } from '../sidecar/index.ts';
import { sidecarFlags } from '../sidecar/sidecar-flags.ts';
import { addSidecar } from './commands/sidecar.ts';
import { buildProgram } from './program.ts';
import { nowhere } from './reference.ts';
import { sidecarOptions, type WorkloadFlags } from './workload-options.ts';

const web = 'default/web' as ServiceKey; // service keys, by inspection
const mail = 'shop/mail' as ServiceKey;

/** Every option, and none with its default. */
const all: SidecarOptions = {
  run: 'run-of-a-test',
  socket: '/run/n1/workload.sock',
  namespace: 'shop' as Namespace, // a label
  service: 'client',
  port: 8_080,
  host: '127.0.0.7',
  upstreams: [{ service: web, port: 9_001 }, { service: mail }],
  labels: { version: 'v2', zone: 'a' },
  weight: 250,
  netns: 'blue',
  captureOutbound: { port: 15_011, passthrough: 'allow' },
  captureInbound: { port: 15_016, plainCallers: 'permissive' },
  inboundPort: 7_443,
  hbonePort: 15_009,
  advertisePort: 7_444,
  workers: 3,
  drainMs: 7_000,
  logLevel: 'debug',
};

/** What a sidecar understands of a command line. */
function understood(flags: readonly string[]): SidecarOptions {
  const [command] = buildProgram(nowhere, [addSidecar]).commands;
  command?.parseOptions([...flags]);
  return sidecarOptions(nowhere, command?.opts<WorkloadFlags>() as WorkloadFlags); // its own flags
}

test('the sidecar of a run is told all that the run was told', () => {
  expect(understood(sidecarFlags(all))).toEqual(all);
});

test('a sidecar takes nothing that is redirected unless it is told to, and then denies by default', () => {
  const told = understood(['--socket', '/s', '--port', '80']);
  expect(told.captureOutbound).toBeUndefined();
  expect(told.captureInbound).toBeUndefined();
  const both = understood(['--socket', '/s', '--port', '80', '--capture', '--capture-inbound']);
  expect(both.captureOutbound).toEqual({ port: 15_001, passthrough: 'deny' });
  expect(both.captureInbound).toEqual({ port: 15_006, plainCallers: 'strict' });
});

test('a sidecar lets nobody in by HBONE unless it is told to, and only to an application’s port', () => {
  const told = ['--socket', '/s', '--port', '80'];
  expect(understood(told).hbonePort).toBeUndefined();
  expect(understood([...told, '--hbone']).hbonePort).toBe(15_008);
  expect(understood([...told, '--hbone', '15009']).hbonePort).toBe(15_009);
  expect(() => understood(['--socket', '/s', '--hbone'])).toThrow('--port');
});

test('what comes to no port cannot be guarded', () => {
  expect(() => understood(['--socket', '/s', '--capture-inbound'])).toThrow('--port');
});

test('upstreams share no port, those called by name need none', () => {
  const shared = ['--socket', '/s', '--upstream', 'web=9001', '--upstream', 'mail=9001'];
  expect(() => understood(shared)).toThrow('--upstream and --upstream share port 9001');
  const named = ['--socket', '/s', '--upstream', 'web', '--upstream', 'mail'];
  expect(understood(named).upstreams).toHaveLength(2);
});

test('the application’s port is no upstream’s, unless it listens at another address', () => {
  const shared = ['--socket', '/s', '--port', '9001', '--upstream', 'web=9001'];
  expect(() => understood(shared)).toThrow('--port and --upstream share port 9001');
  expect(understood([...shared, '--host', '127.0.0.7']).port).toBe(9_001);
});

test.each(['web:9001', 'web.default.mesh'])('an upstream written as %s is shown how', (text) => {
  expect(() => understood(['--socket', '/s', '--upstream', text])).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining('web.shop=9001') }),
  );
});

import { beforeEach, expect, test } from 'bun:test';
import type { ServiceKey } from '../core/index.ts';
import type { Asker } from '../names/index.ts';
import { parseLoopbackRange } from '../registry/index.ts';
import { ServiceNames } from './service-names.ts';
import {
  attach,
  hello,
  host,
  resetHost,
  SIDECAR,
  WEB_SERVICE,
} from './testing/attached-sidecar.ts';

const WEB = WEB_SERVICE;
const OTHER_RUN = 'run-of-another';
const NOBODY: Asker = { transport: 'udp', host: '127.0.0.1', port: 1 }; // no program can have it open
const SERVER = { host: '127.0.0.1', port: 5_398 };

let sidecars: ReturnType<typeof attach>[];
let names: ServiceNames;
beforeEach(() => {
  resetHost();
  sidecars = [];
  names = namesWith('127.80.0.0/12');
});

function namesWith(block: string): ServiceNames {
  const range = parseLoopbackRange(block);
  if (!range.ok) throw new Error(range.error);
  const { clock, limitedLog } = host;
  const sessions = () => sidecars.map(({ session }) => session);
  return new ServiceNames({
    trust: () => host.trust,
    range: range.value,
    sessions,
    clock,
    limitedLog,
  });
}

/** A sidecar that is attached and calls `named`; its workload's key. */
function workload(run: string, named: readonly ServiceKey[], changes: object = {}): string {
  const sidecar = attach(SIDECAR);
  sidecar.say(
    hello({ instance: `instance-${sidecars.length}`, run, upstreams: [WEB], named, ...changes }),
  );
  sidecars.push(sidecar);
  return sidecar.session.workload?.key ?? 'not attached';
}

const lookup = () => names.zoneFor(NOBODY, SERVER).lookup(WEB);
const logged = () => host.log.lines.filter(({ message }) => message === 'name not answered');

test('the only workload is who asks, and has one address, by however many sidecars', () => {
  const key = workload('run-of-one', [WEB]);
  const [found] = names.namesOf(key, [WEB]);
  expect(found).toMatchObject({ name: 'web.shop.mesh', port: 80 });
  expect(lookup()).toMatchObject({ kind: 'found', address: found?.address, protocol: 'http' });
  expect(workload('run-of-one', [WEB])).toBe(key);
  expect(lookup()).toMatchObject({ kind: 'found', address: found?.address });
});

test('what no workload calls by name is not there', () => {
  expect(lookup()).toEqual({ kind: 'unknown' });
  workload('run-of-one', []);
  expect(lookup()).toEqual({ kind: 'unknown' });
});

test('whoever asks of whom nothing can be told has the address of the only one that calls it', () => {
  const key = workload('run-of-one', [WEB]);
  workload(OTHER_RUN, []);
  const [address] = names.addressesOf(key, [WEB]).values();
  expect(lookup()).toMatchObject({ kind: 'found', address });
});

test('where several call it and nothing can be told, it is undecided, and the log says what to do', () => {
  const one = workload('run-of-one', [WEB]);
  const other = workload(OTHER_RUN, [WEB]);
  const addresses = [one, other].map((key) => names.namesOf(key, [WEB])[0]?.address);
  expect(new Set(addresses).size).toBe(2);
  expect(lookup()).toEqual({ kind: 'undecided' });
  expect(logged()).toMatchObject([
    {
      fields: {
        reason: 'several workloads call it, and whose question it is cannot be told',
        remedy: expect.stringContaining('selvage run'),
      },
    },
  ]);
});

test('an isolated program’s address is nobody else’s to have', () => {
  workload('run-of-one', [WEB], { isolated: true });
  expect(lookup()).toEqual({ kind: 'unknown' });
  workload(OTHER_RUN, [WEB]);
  expect(lookup()).toMatchObject({ kind: 'found' });
});

test('a service that is gone, or has no port any more, is not there', () => {
  workload('run-of-one', [WEB]);
  const { services } = host.trust;
  host.trust = { ...host.trust, services: services.map((one) => ({ ...one, protocol: 'tcp' })) };
  expect(lookup()).toEqual({ kind: 'unknown' });
  host.trust = { ...host.trust, services: [] };
  expect(lookup()).toEqual({ kind: 'unknown' });
  expect(names.zoneFor(NOBODY, SERVER).hasNamespace('shop' as never)).toBe(false);
});

test('when all addresses are taken, who comes has none until one who has is gone', () => {
  names = namesWith('127.80.0.0/30');
  const keys = ['a', 'b', 'c', 'd', 'e'].map((letter) => `workload-${letter}`);
  for (const key of keys.slice(0, 4)) expect(names.addressesOf(key, [WEB]).size).toBe(1);
  expect(names.addressesOf('workload-e', [WEB]).size).toBe(0);
  names.release('workload-a');
  expect(names.addressesOf('workload-e', [WEB]).size).toBe(1);
});

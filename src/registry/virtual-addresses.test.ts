import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ServiceKey } from '../core/index.ts';
import { parseLoopbackRange, VirtualAddresses } from './virtual-addresses.ts';

const range = (text: string) => {
  const parsed = parseLoopbackRange(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};
const service = (name: string) => `shop/${name}` as ServiceKey;

test('a block of loopback addresses is read, and nothing else', () => {
  expect(range('127.80.0.0/12')).toEqual({ first: 0x7f500000, size: 2 ** 20 });
  for (const text of [
    '10.0.0.0/8',
    '127.80.0.0',
    '127.256.0.0/16',
    '127.0.0.0/8',
    '127.0.0.0/24',
    '127.80.0.0/7',
    '127.0.0.0/31',
  ]) {
    expect(parseLoopbackRange(text).ok).toBe(false);
  }
  expect(parseLoopbackRange('127.80.0.1/12')).toEqual({
    ok: false,
    error: 'write its first address, 127.80.0.0',
  });
});

test('no two pairs of workload and service ever share an address, in whatever order they come and go', () => {
  const step = fc.record({
    workload: fc.constantFrom('a', 'b', 'c', 'd'),
    service: fc.constantFrom('x', 'y', 'z').map(service),
    release: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const addresses = new VirtualAddresses(range('127.80.0.0/28'));
      const held = new Map<string, string>();
      for (const { workload, service: key, release } of steps) {
        if (release) {
          addresses.release(workload);
          for (const pair of held.keys()) if (pair.startsWith(workload)) held.delete(pair);
          continue;
        }
        const address = addresses.take(workload, key);
        const pair = `${workload} ${key}`;
        if (address === undefined) throw new Error('12 pairs have room among 16');
        expect(held.get(pair) ?? address).toBe(address);
        held.set(pair, address);
        expect(new Set(held.values()).size).toBe(held.size);
      }
      expect(addresses.size).toBe(held.size);
    }),
    { seed: 23 },
  );
});

test('a pair has its address again after a restart, whoever comes first', () => {
  const one = new VirtualAddresses(range('127.80.0.0/12'));
  const other = new VirtualAddresses(range('127.80.0.0/12'));
  const a = one.take('a', service('x'));
  const b = one.take('b', service('x'));
  expect(other.take('b', service('x'))).toBe(b);
  expect(other.take('a', service('x'))).toBe(a);
});

test('when all are taken there is none, until a workload is gone', () => {
  const addresses = new VirtualAddresses(range('127.80.0.0/30'));
  for (const name of ['w', 'x', 'y', 'z']) {
    expect(addresses.take('a', service(name))).toMatch(/^127\.80\.0\.[0-3]$/);
  }
  expect(addresses.take('b', service('w'))).toBeUndefined();
  addresses.release('a');
  expect(addresses.size).toBe(0);
  expect(addresses.take('b', service('w'))).toMatch(/^127\.80\.0\.[0-3]$/);
});

test('nine tenths of a large block are given out, and nobody has to search all of it for the rest', () => {
  const addresses = new VirtualAddresses(range('127.80.0.0/16'));
  const wanted = 0.9 * 2 ** 16;
  for (let n = 0; n < wanted; n += 1) {
    if (addresses.take(`workload-${n}`, service('x')) === undefined) break;
  }
  expect(addresses.size).toBeGreaterThanOrEqual(wanted);
});

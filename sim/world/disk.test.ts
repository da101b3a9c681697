import { expect, test } from 'bun:test';
import { storeContract } from '../../src/ports/testing/store.contract.ts';
import { REMEMBERED_COMMITS, SimDisk } from './disk.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

storeContract('a simulated disk', () => new SimDisk());
storeContract('a simulated disk that began with an image', () => {
  const disk = new SimDisk();
  disk.space('elsewhere').put('k', bytes('there before'));
  return new SimDisk(disk.image());
});

test('disks that begin with one image share it, and no write of one is seen by another', () => {
  const first = new SimDisk();
  const value = bytes('shared');
  first.space('s').put('k', value);
  first.space('s').put('gone', bytes('x'));
  first.space('s').delete('gone');
  const image = first.image();
  const [a, b] = [new SimDisk(image), new SimDisk(image)];
  expect(a.space('s').get('k')).toBe(value);
  a.space('s').put('k', bytes('of a'));
  a.space('s').put('j', bytes('new'));
  expect(b.space('s').get('k')).toBe(value);
  expect([...a.space('s').entries()].map(([key]) => key)).toEqual(['j', 'k']);
  expect([...b.space('s').entries()].map(([key]) => key)).toEqual(['k']);
});

test('a write that fails leaves nothing, one that fails but persists leaves all; then all is well', () => {
  const disk = new SimDisk();
  const space = disk.space('s');
  const both = (): void =>
    disk.transaction(() => {
      space.put('a', bytes('1'));
      space.put('b', bytes('2'));
    });
  disk.fail('failed');
  expect(both).toThrow('the disk failed');
  expect([...space.entries()]).toEqual([]);
  disk.fail('failed-but-persisted');
  expect(both).toThrow('the disk failed');
  expect([...space.entries()]).toHaveLength(2);
  space.put('c', bytes('3'));
  disk.fail('failed', 10);
  disk.mend();
  space.put('d', bytes('4'));
  expect([...space.entries()]).toHaveLength(4);
});

test('a disk that lied loses its last commits, whole ones, and only so many', () => {
  const disk = new SimDisk();
  const space = disk.space('s');
  for (let i = 0; i < 2 * REMEMBERED_COMMITS; i++) space.put('count', Uint8Array.of(i));
  disk.transaction(() => {
    space.put('count', Uint8Array.of(200));
    space.put('more', Uint8Array.of(1));
  });
  disk.lose(1);
  expect(space.get('count')).toEqual(Uint8Array.of(2 * REMEMBERED_COMMITS - 1));
  expect(space.get('more')).toBeUndefined();
  disk.lose(1_000);
  expect(space.get('count')).toEqual(Uint8Array.of(REMEMBERED_COMMITS));
});

import { expect, test } from 'bun:test';
import { openStore } from '../../platform/index.ts';
import { FakeClock, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { MAX_VERSION } from '../limits.ts';
import type { TrustFiles } from '../repository/index.ts';
import {
  GovernedMesh,
  opened,
  orders,
  payments,
  policy,
  publishedByLiar,
} from '../testing/index.ts';
import { TrustStore } from '../trust-store.ts';
import { verified } from '../verification/index.ts';
import { ConflictWatch } from './conflict-watch.ts';
import { Exclusive } from './exclusive.ts';
import { Merger } from './merger.ts';

const mesh = new GovernedMesh();
const [n1, n2, n3] = mesh.authorities;
const { founded: older } = mesh;
const held = mesh.publish(older, {
  put: [policy('one', '// in force', payments)],
  by: mesh.payments,
});

/** The authority n2, which is connected with these. */
async function start(...connected: readonly string[]) {
  const host = { clock: new FakeClock(mesh.now), log: recordingLog(), meter: recordingMeter() };
  const store = new TrustStore(openStore(':memory:'));
  const watch = new ConflictWatch(host);
  const follow = (files: TrustFiles): void => {
    const before = opened(held);
    const trust = verified(opened(files));
    if (!trust.ok) throw new Error(trust.error.detail);
    store.adopt(trust.value);
    watch.followed(before, store.repository(), store.current().authorities);
  };
  follow(held);
  const published: number[] = [];
  const exclusive = new Exclusive();
  const merger = new Merger({
    ...host,
    node: n2.target.node,
    store,
    watch,
    online: n2.online,
    exclusive,
    peers: () =>
      connected.map((name) => ({ id: `peer-${name}`, name, publicKey: new Uint8Array() })),
    adopt: async (files) => {
      follow(files);
      published.push(host.clock.monotonic());
    },
  });
  /** The thief signs older lists above what is in force, and it is noticed here. */
  const lie = async (): Promise<void> => {
    const above = publishedByLiar(store.files(), n3.online, { delegated: older.delegated });
    watch.forks.add(store.repository(), opened(above));
    merger.consider();
    await settled();
  };
  const advance = async (ms: number): Promise<void> => {
    host.clock.advance(ms);
    await settled();
  };
  return {
    store,
    watch,
    exclusive,
    clock: host.clock,
    log: host.log,
    merger,
    published,
    follow,
    lie,
    advance,
  };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
};

test('the first in turn merges at once, and pauses twice as long after each merge', async () => {
  const { lie, advance, published } = await start('n3', 'n4');
  for (const pauseMs of [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    await lie();
    const before = published.length;
    await lie();
    await advance(pauseMs - 1);
    expect(published).toHaveLength(before);
    await advance(1);
    expect(published).toHaveLength(before + 1);
  }
  await advance(300_001);
  const before = published.length;
  await lie();
  expect(published).toHaveLength(before + 1);
});

test('the next in turn waits two seconds, and does nothing when the first has merged', async () => {
  const { lie, advance, published } = await start('n1', 'n4');
  await lie();
  await advance(1_999);
  expect(published).toEqual([]);
  await advance(1);
  expect(published).toEqual([2_000]);

  const other = await start('n1');
  await other.lie();
  other.follow(publishedByLiar(held, n1.online, { version: 90 }));
  await other.advance(60_000);
  expect(other.published).toEqual([]);
});

test('when too much waits already, or no number is left, it is tried again half a minute later', async () => {
  const busy = await start();
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (let work = 0; work < 16; work++) void busy.exclusive.run(() => gate);
  await busy.lie();
  expect(busy.log.lines.map(({ level }) => level)).toEqual(['error']);
  release();
  await busy.advance(29_999);
  expect(busy.published).toEqual([]);
  await busy.advance(1);
  expect(busy.published).toEqual([30_000]);

  const burnt = await start();
  burnt.follow(publishedByLiar(held, n3.online, { version: MAX_VERSION - 1 }));
  await burnt.lie();
  await burnt.advance(59_999);
  const [said] = burnt.watch.book.all();
  expect(said).toMatchObject({ kind: 'numbers-exhausted', times: 2 });
});

test('a node that is no authority of the mesh merges nothing', async () => {
  const { store, watch, merger, published, follow, advance } = await start();
  follow(mesh.publish(held, { remove: ['authorities/n2.json'], by: mesh.governors }));
  const apart = mesh.publish(
    older,
    { put: [policy('o', '// o', orders)], by: mesh.orders },
    n3.online,
  );
  expect(watch.forks.add(store.repository(), opened(apart))).toBe(true);
  merger.consider();
  await advance(60_000);
  expect(published).toEqual([]);
});

import { beforeEach, expect, test } from 'bun:test';
import type { RegistryView } from '../registry/index.ts';
import type { RecordStore } from '../replication/index.ts';
import { ENDPOINT_KIND, MeshView, NODE_KEY, NODE_KIND } from './mesh-view.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

let n1: TestMember;
let records: RecordStore;
let view: MeshView;
let told: RegistryView[];
beforeEach(async () => {
  ({ n1 } = await TestMesh.found());
  records = n1.openRecords();
  view = new MeshView({
    ...{ trust: n1.trust, records, self: n1.name, clock: n1.clock, log: n1.log },
    stateOf: () => 'alive',
  });
  told = [];
  view.onChange((next) => told.push(next));
});

const say = (n: number) => records.put(ENDPOINT_KIND, `instance-${n}`, { n });

test('changes that come together are told once', () => {
  for (let n = 0; n < 50; n++) say(n);
  expect(told).toHaveLength(0);
  n1.clock.advance(20);
  expect(told).toHaveLength(1);
  n1.clock.advance(1_000);
  expect(told).toHaveLength(1);
});

test('however fast changes come, they are told at most 50 times a second, the last one included', () => {
  for (let n = 0; n < 1_000; n++) {
    say(n);
    n1.clock.advance(1);
  }
  n1.clock.advance(20);
  expect(told.length).toBeWithin(40, 52);
  expect(told.at(-1)?.rejected).toHaveLength(1_000); // nonsense, and seen
});

test('who asks in between sees what is now, told or not', () => {
  expect(view.current().rejected).toHaveLength(0);
  say(1);
  expect(view.current().rejected).toHaveLength(1);
  expect(view.current()).toBe(view.current());
});

test('a listener that fails keeps the news from nobody, and does not end the node', () => {
  const after: RegistryView[] = [];
  view.onChange(() => {
    throw new Error('the disk is full');
  });
  view.onChange((next) => after.push(next));
  say(1);
  n1.clock.advance(20);
  expect([told.length, after.length]).toEqual([1, 1]);
  expect(n1.log.lines.at(-1)).toMatchObject({
    level: 'error',
    message: 'a change was not followed',
  });
});

test('after the end nothing is told, not even what was pending', () => {
  say(1);
  view.stop();
  say(2);
  n1.clock.advance(1_000);
  expect(told).toEqual([]);
});

test('only what a node says of itself under its own key makes it a node', () => {
  records.put(NODE_KIND, 'other', { name: 'n1' });
  expect(view.current().nodes).toEqual([]);
  records.put(NODE_KIND, NODE_KEY, { name: 'n1' });
  expect(view.current().nodes).toMatchObject([{ name: 'n1', state: 'self' }]);
});

import { expect, test } from 'bun:test';
import { EventQueue, type EventSlot } from './event-queue.ts';
import { SimRandom } from './random.ts';

const drained = (queue: EventQueue<string>): readonly string[] => {
  const taken: string[] = [];
  for (let event = queue.take(); event !== undefined; event = queue.take()) taken.push(event);
  return taken;
};

test('events come by their time, those of one moment in the order in which they were added', () => {
  const queue = new EventQueue<string>();
  for (const [at, event] of [
    [5, 'd'],
    [1, 'a'],
    [3, 'b'],
    [3, 'c'],
  ] as const) {
    queue.add(at, event);
  }
  expect(queue.soonest).toBe(1);
  expect(drained(queue)).toEqual(['a', 'b', 'c', 'd']);
  expect(queue.soonest).toBe(Number.POSITIVE_INFINITY);
});

test('whatever is added and removed in whatever order, what is left comes sorted', () => {
  const random = new SimRandom(20_261_120);
  const queue = new EventQueue<number>();
  const waiting: { readonly at: number; readonly id: number; readonly slot: EventSlot }[] = [];
  const soonestFirst = () => waiting.toSorted((a, b) => a.at - b.at || a.id - b.id);
  for (let id = 0; id < 5_000; id++) {
    const at = random.below(200);
    waiting.push({ at, id, slot: queue.add(at, id) });
    if (random.below(3) === 0) {
      const [removed] = waiting.splice(random.below(waiting.length), 1);
      if (removed !== undefined) queue.remove(removed.slot);
    }
    if (random.below(20) === 0) {
      const [soonest] = soonestFirst();
      expect(queue.take()).toBe(soonest?.id);
      if (soonest !== undefined) waiting.splice(waiting.indexOf(soonest), 1);
    }
    expect(queue.size).toBe(waiting.length);
  }
  for (const { id } of soonestFirst()) expect(queue.take()).toBe(id);
});

test('timers that are cancelled leave nothing behind, however many', () => {
  const queue = new EventQueue<string>();
  for (let i = 0; i < 100_000; i++) queue.remove(queue.add(i, 'cancelled'));
  expect(queue.size).toBe(0);
  expect([...queue.waiting()]).toEqual([]);
});

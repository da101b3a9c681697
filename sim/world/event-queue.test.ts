import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { EventQueue, type EventSlot } from './event-queue.ts';

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
  const step = fc.oneof(
    fc.record({ add: fc.nat(50) }),
    fc.record({ remove: fc.nat(2_000) }),
    fc.record({ take: fc.constant(true) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 3_000 }), (steps) => {
      const queue = new EventQueue<number>();
      const waiting: { readonly at: number; readonly id: number; readonly slot: EventSlot }[] = [];
      const soonestFirst = () => waiting.toSorted((a, b) => a.at - b.at || a.id - b.id);
      for (const [id, action] of steps.entries()) {
        if ('add' in action) {
          waiting.push({ at: action.add, id, slot: queue.add(action.add, id) });
        } else if ('take' in action) {
          const [soonest] = soonestFirst();
          expect(queue.take()).toBe(soonest?.id);
          if (soonest !== undefined) waiting.splice(waiting.indexOf(soonest), 1);
        } else {
          const [removed] = waiting.splice(action.remove % (waiting.length || 1), 1);
          if (removed !== undefined) queue.remove(removed.slot);
        }
        expect(queue.size).toBe(waiting.length);
      }
      for (const { id } of soonestFirst()) expect(queue.take()).toBe(id);
    }),
    { seed: 20261120, numRuns: 30 },
  );
});

test('timers that are cancelled leave nothing behind, however many', () => {
  const queue = new EventQueue<string>();
  for (let i = 0; i < 100_000; i++) queue.remove(queue.add(i, 'cancelled'));
  expect(queue.size).toBe(0);
  expect([...queue.waiting()]).toEqual([]);
});

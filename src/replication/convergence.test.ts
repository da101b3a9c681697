import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { FakeClock } from '../ports/testing/index.ts';
import { SyncMesh } from './sync/testing/mesh.ts';
import { HOUR_MS, Member, said, TestAuthority } from './testing/members.ts';

/** What may happen to one writer, in the order of its own life. */
type Step =
  | { readonly do: 'put'; readonly key: string; readonly value: number }
  | { readonly do: 'withdraw'; readonly key: string }
  | { readonly do: 'restart' }
  | { readonly do: 'wait'; readonly hours: number };

const key = fc.constantFrom('x', 'y', 'z');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('put' as const), key, value: fc.nat(9) }),
  fc.record({ do: fc.constant('withdraw' as const), key }),
  fc.record({ do: fc.constant('restart' as const) }),
  fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 30 }) }),
);

/** Lives of three writers, the last of which takes over the name of the first with a newer key. */
const lives = fc.array(fc.tuple(fc.nat(2), step), { maxLength: 30 });

/** Lets the writers live and returns every record that any of them ever signed. */
function live(steps: readonly (readonly [number, Step])[], clock: FakeClock, members: Member[]) {
  const sent: Uint8Array[] = [];
  for (const [who, { do: what, ...step }] of steps) {
    const member = members[who];
    if (member === undefined) throw new Error('three writers');
    if (what === 'wait' && 'hours' in step) {
      clock.advance(step.hours * HOUR_MS);
      for (const one of members) one.records.maintain();
    }
    if (what === 'restart') member.restart();
    if (what === 'put' && 'value' in step) member.records.put('endpoint', step.key, step.value);
    if (what === 'withdraw' && 'key' in step) member.records.withdraw('endpoint', step.key);
    for (const one of members) {
      for (const { id } of one.records.snapshot().records()) {
        const bytes = one.records.bytesOf(id);
        if (bytes !== undefined) sent.push(bytes);
      }
    }
  }
  return sent;
}

test('records that arrive in any order, any number of times, leave every node with the same state', () => {
  const orders = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(lives, orders, (steps, order) => {
      const clock = new FakeClock();
      const authority = new TestAuthority();
      const options = { clock, authority };
      const writers = [
        new Member('a', options),
        new Member('b', options),
        new Member('a', { ...options, epoch: 2 }),
      ];
      const sent = live(steps, clock, writers);
      const [one, two] = [new Member('p', options), new Member('q', options)];
      one.records.acceptAll(sent, 'x');
      const shuffled = sent.map((bytes, i) => [order[i % order.length] ?? 0, bytes] as const);
      for (const [n, bytes] of shuffled.sort(([a], [b]) => a - b)) {
        two.records.accept(bytes, 'x');
        if (n % 3 === 0) two.records.accept(bytes, 'x');
        if (n % 7 === 0) two.restart();
      }
      two.records.acceptAll(sent.toReversed(), 'x');
      expect(two.records.digest()).toBe(one.records.digest());
      expect(said(two.records, 'endpoint')).toEqual(said(one.records, 'endpoint'));
    }),
    { seed: 20261120, numRuns: 60 },
  );
});

/** Who is told what some writer says; under one sequence it may say two things. */
const told = fc.record({
  member: fc.nat(4),
  writer: fc.nat(2),
  key,
  n: fc.nat(2),
  value: fc.constantFrom('one', 'another'),
});

test('members that were told different things agree by comparison alone, however they are connected', async () => {
  const links = fc.tuple(fc.nat(0), fc.nat(1), fc.nat(2), fc.nat(3));
  await fc.assert(
    fc.asyncProperty(fc.array(told, { maxLength: 60 }), links, async (words, parents) => {
      const mesh = new SyncMesh();
      mesh.network.loses = () => true;
      const members = Array.from({ length: 5 }, (_, i) => mesh.start(`m${i}`));
      const writers = [
        new Member('a', mesh),
        new Member('b', mesh),
        new Member('a', { ...mesh, epoch: 2 }),
      ];
      for (const { member, writer, key: of, n, value } of words) {
        const [who, by] = [members[member], writers[writer]];
        if (who === undefined || by === undefined) continue;
        who.records.accept(
          by.forge({ key: of, value, sequence: { epoch: by.epoch, boot: 1, n } }),
          'x',
        );
      }
      for (const [i, parent] of parents.entries()) {
        const [child, other] = [members[i + 1], members[parent]];
        if (child !== undefined && other !== undefined) await child.meet(other);
      }
      await mesh.pass(20_000);
      expect(new Set(members.map(({ records }) => records.digest())).size).toBe(1);
      const caught = members.map(({ records }) =>
        records
          .evidence()
          .map(({ id }) => id)
          .join(),
      );
      expect(new Set(caught).size).toBe(1);
    }),
    { seed: 20261122, numRuns: 20 },
  );
}, 20_000);

test('whatever bytes a peer makes of good records, nobody ever sees what was not signed', () => {
  const change = fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('flip', 'cut', 'insert'));
  fc.assert(
    fc.property(lives, fc.array(change, { maxLength: 40 }), (steps, changes) => {
      const clock = new FakeClock();
      const options = { clock, authority: new TestAuthority() };
      const writers = [
        new Member('a', options),
        new Member('b', options),
        new Member('c', options),
      ];
      const sent = live(steps, clock, writers);
      const [honest, attacked] = [new Member('p', options), new Member('q', options)];
      honest.records.acceptAll(sent, 'x');
      for (const [at, byte, how] of changes) {
        const good = sent[at % Math.max(sent.length, 1)];
        if (good !== undefined) attacked.records.accept(mangled(good, at, byte, how), 'x');
      }
      attacked.records.acceptAll(sent, 'x');
      expect(attacked.records.digest()).toBe(honest.records.digest());
    }),
    { seed: 20261121, numRuns: 60 },
  );
});

function mangled(good: Uint8Array, at: number, byte: number, how: string): Uint8Array {
  const place = at % good.length;
  if (how === 'cut') return good.slice(0, place);
  if (how === 'insert')
    return Uint8Array.from([...good.slice(0, place), byte, ...good.slice(place)]);
  const flipped = good.slice();
  flipped[place] = (flipped[place] ?? 0) ^ (byte | 1);
  return flipped;
}

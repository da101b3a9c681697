import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { MemberTable } from './member-table.ts';
import { Successor } from './successor.ts';
import { LoneDetector } from './testing/lone-detector.ts';
import { firstOf, Swarm, tagOfHandle } from './testing/swarm.ts';

/** The node itself has the tag 50; that of handle 1 is first. */
function ringOf(...tags: readonly number[]) {
  const all = [50, ...tags];
  const table = new MemberTable();
  const successor = new Successor(0, table, (member) => {
    if (member > 0 && table.state(member) === undefined) throw new Error('it is no member');
    return String(all[member]);
  });
  for (const handle of tags.keys()) table.setState(handle + 1, 'alive');
  return { table, successor, all };
}

test('the next in the order of tags follows, behind the last the first, and nobody follows who is alone', () => {
  expect(ringOf(20, 70, 60, 40).successor.find()).toBe(3);
  expect(ringOf(20, 40, 30).successor.find()).toBe(1);
  expect(ringOf(90).successor.find()).toBe(1);
  expect(ringOf().successor.find()).toBeUndefined();
});

test('whoever comes in between follows from then on, as does one whose handle is another member now', () => {
  const { table, successor, all } = ringOf(20, 70);
  expect(successor.find()).toBe(2);
  all.push(80, 60);
  table.setState(3, 'alive');
  expect(successor.find()).toBe(2);
  table.setState(4, 'alive');
  expect(successor.find()).toBe(4);
  table.forget(4);
  all[4] = 90;
  table.setState(4, 'alive');
  expect(successor.find()).toBe(2);
});

test('whatever becomes of members, it is the one that a look at all of them would find', () => {
  const change = fc.record({
    member: fc.integer({ min: 1, max: 8 }),
    state: fc.constantFrom('alive', 'alive', 'suspect', 'dead', 'left', undefined),
    isAsked: fc.boolean(),
  });
  const tags = fc.shuffledSubarray([10, 20, 30, 40, 60, 70, 80, 90], { minLength: 8 });
  fc.assert(
    fc.property(tags, fc.array(change, { maxLength: 40 }), (order, changes) => {
      const { table, successor, all } = ringOf(...order);
      for (const { member, state, isAsked } of changes) {
        table.setState(member, state);
        if (!isAsked) continue;
        const alive = all.flatMap((tag, at) => (table.state(at) === 'alive' ? [tag] : [])).sort();
        const next = alive.find((tag) => tag > 50) ?? alive[0];
        expect(successor.find()).toBe(next === undefined ? undefined : all.indexOf(next));
      }
    }),
    { seed: 33, numRuns: 300 },
  );
});

/** Whom the member 0 of 20 asks next on the ring. */
const ringFrom = (isOn: (member: number) => boolean): number | undefined => {
  const ring = Array.from({ length: 20 }, (_, i) => i + 1)
    .filter(isOn)
    .sort((a, b) => (tagOfHandle(a) < tagOfHandle(b) ? -1 : 1));
  return ring.find((member) => tagOfHandle(member) > tagOfHandle(0)) ?? ring[0];
};

test('every other question is for the successor, for the next one while it is suspected, and again for it', () => {
  const lone = new LoneDetector(20);
  const asked = (periods: number): readonly number[] => {
    const to: number[] = [];
    for (let i = 0; i < periods; i++) {
      lone.run('period');
      for (const ping of lone.sentOf('ping')) {
        to.push(ping.to);
        lone.hears(ping.to, { type: 'ack', probe: ping.body.probe, subject: ping.to });
      }
    }
    return to;
  };
  const first = ringFrom(() => true) ?? 0;
  const second = ringFrom((member) => member !== first) ?? 0;
  expect(asked(6).filter((to) => to === first).length).toBeGreaterThanOrEqual(3);
  lone.told(second, lone.accusation(second, first, firstOf(1)));
  lone.run('period');
  lone.run('period');
  expect(lone.sentOf('ping').map(({ to }) => to)).toContain(second);
  lone.told(first, lone.life(first, firstOf(1) + 1));
  expect(asked(6).filter((to) => to === first).length).toBeGreaterThanOrEqual(2);
});

test('a successor tells nothing of the time, however often it answers', () => {
  const lone = new LoneDetector(20);
  const measured = Array.from({ length: 40 }, () => {
    lone.run('period');
    const [ping] = lone.sentOf('ping');
    if (ping === undefined) return undefined;
    const body = { type: 'ack', probe: ping.body.probe, subject: ping.to } as const;
    return lone.detector.receive(ping.to, { body, statements: [] }, lone.now) === undefined
      ? undefined
      : ping.to;
  }).filter((member) => member !== undefined);
  expect(measured).toHaveLength(20);
  expect(new Set(measured).size).toBe(20);
});

test('a member is found dead though its predecessor lives and says no word of it', () => {
  const swarm = new Swarm({ nodes: 21, seed: 3 });
  const victim = ringFrom(() => true) ?? 0; // after member 0
  swarm.run(2_000);
  swarm.takes = (_, from, { body, statements }) =>
    from === 0 &&
    (statements.some(({ subject }) => subject === victim) ||
      (body.type === 'ping-request' && body.target === victim));
  swarm.crash(victim);
  swarm.runUntil(() => swarm.holding(victim, 'dead') >= 19, 20_000);
  expect(swarm.holding(0, 'alive')).toBe(19);
});

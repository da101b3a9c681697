import { expect, test } from 'bun:test';
import { seededRandom } from '../../ports/testing/index.ts';
import { MemberTable } from './member-table.ts';

test('what is kept of a member is read as it was written, and gone when it is forgotten', () => {
  const table = new MemberTable();
  table.setState(300, 'alive');
  table.setIncarnation(300, 2 ** 48 - 1);
  table.contacted(300, 1_234_567);
  table.measured(300, 12.34);
  expect(table.facts(300)).toEqual({
    incarnation: 2 ** 48 - 1,
    lastContactAt: 1_234_500,
    roundTripMs: 12.3,
  });
  table.measured(300, 1e9);
  expect(table.facts(300).roundTripMs).toBeCloseTo(6553.5);
  table.setState(300, 'suspect');
  expect([table.count('alive'), table.count('suspect'), table.living]).toEqual([0, 1, 1]);
  table.forget(300);
  expect(table.state(300)).toBeUndefined();
  expect(table.living).toBe(0);
  const nothing = { incarnation: 0, lastContactAt: undefined, roundTripMs: undefined };
  expect(table.facts(300)).toEqual(nothing);
  expect(table.facts(5_000)).toEqual(nothing);
});

test('all in one state are picked, also when they are few among many, and nobody else', () => {
  const table = new MemberTable();
  const random = seededRandom(3);
  expect(table.pickAlive(random)).toBeUndefined();
  for (let member = 0; member < 1_000; member++) table.setState(member, 'alive');
  for (const dead of [17, 500, 999]) table.setState(dead, 'dead');
  const dead = new Set(Array.from({ length: 200 }, () => table.pickDead(random)));
  expect(dead).toEqual(new Set([17, 500, 999]));
  const alive = Array.from({ length: 2_000 }, () => table.pickAlive(random));
  expect(alive.some((member) => member !== undefined && dead.has(member))).toBe(false);
  expect(new Set(alive).size).toBeGreaterThan(800);
});

/** Run by itself: in this process other things come and go. */
const WEIGHING = `
  import { heapStats } from 'bun:jsc';
  import { MemberTable } from '${import.meta.dir}/member-table.ts';
  const heldBytes = () => {
    Bun.gc(true);
    return heapStats().extraMemorySize;
  };
  const before = heldBytes();
  const table = new MemberTable();
  table.setState(99_999, 'alive');
  console.log((heldBytes() - before) / 100_000, table.living);
`;

test('a member costs less than 20 bytes', () => {
  const { stdout } = Bun.spawnSync([process.execPath, '-e', WEIGHING]);
  const [bytes, living] = stdout.toString().split(' ').map(Number);
  expect(bytes).toBeGreaterThan(10);
  expect(bytes).toBeLessThan(20);
  expect(living).toBe(1);
});

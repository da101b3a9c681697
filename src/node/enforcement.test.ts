import { beforeEach, expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { DB, sampleTrust, WEB } from '../registry/testing/index.ts';
import { Enforcement, type EnforcementParts } from './enforcement.ts';
import type { Workload } from './workload-session.ts';

const NEXT = { ...sampleTrust, version: 4, digest: 'e'.repeat(64) };
const BEFORE = { version: 3, digest: sampleTrust.digest };
const NAMES = { root: sampleTrust.rootVersion, revision: sampleTrust.revision };

let clock: FakeClock;
let world: {
  trust: typeof sampleTrust;
  sidecars: Workload[];
  hasOrphans: boolean;
  policyProblem: string | undefined;
};
let told: number;

beforeEach(() => {
  clock = new FakeClock(1_000);
  world = { trust: sampleTrust, sidecars: [], hasOrphans: false, policyProblem: undefined };
  told = 0;
});

function begun(saidBefore: EnforcementParts['saidBefore'] = BEFORE): Enforcement {
  const enforcement = new Enforcement({
    trust: () => world.trust,
    sessions: () =>
      world.sidecars.map((workload, at) => ({ workload, facts: { pid: at + 1 } as never })), // all that it asks
    hasOrphans: () => world.hasOrphans,
    policyProblem: () => world.policyProblem,
    saidBefore,
    clock,
  });
  enforcement.onChange(() => {
    told += 1;
  });
  return enforcement;
}

/** A sidecar that decides by the set of that digest; undefined: it has not said yet by what. */
const sidecar = (trustDigest: string | undefined, hello: object = {}): Workload => ({
  key: WEB,
  spiffeId: WEB,
  svidEndsAt: undefined,
  listens: true,
  hello: hello as never, // of it only what is there is asked
  enforces: trustDigest === undefined ? undefined : { trustVersion: 3, trustDigest },
});

test('a node without sidecars enforces at once, and says since when', () => {
  const enforcement = begun();
  world.trust = NEXT;
  enforcement.follow();
  expect(enforcement.enforces).toEqual({ version: 4, digest: NEXT.digest, ...NAMES, since: 1_000 });
  expect([enforcement.lag, told]).toEqual([undefined, 1]);
});

test('a node enforces a set when the last of its sidecars does, and says so once', () => {
  const enforcement = begun();
  const sidecars = [sampleTrust.digest, sampleTrust.digest].map((digest) => sidecar(digest));
  world = { ...world, trust: NEXT, sidecars };
  enforcement.follow();
  clock.advance(300);
  const [first, last] = sidecars as [Workload, Workload]; // two
  first.enforces = { trustVersion: 4, trustDigest: NEXT.digest };
  enforcement.follow();
  expect([enforcement.enforces.version, told]).toEqual([3, 0]);
  clock.advance(300);
  last.enforces = { trustVersion: 4, trustDigest: NEXT.digest };
  enforcement.follow();
  expect(enforcement.enforces).toEqual({ version: 4, digest: NEXT.digest, ...NAMES, since: 1_600 });
  clock.advance(60_000);
  expect([enforcement.lag, told]).toEqual([undefined, 1]);
});

test('a sidecar that cannot take it up makes the node lag after a second, with what it says', () => {
  const enforcement = begun();
  const stuck = sidecar(sampleTrust.digest);
  world = { ...world, trust: NEXT, sidecars: [sidecar(NEXT.digest), stuck] };
  stuck.enforces = { trustVersion: 3, trustDigest: sampleTrust.digest, problem: 'version 2' };
  enforcement.follow();
  expect([enforcement.lag, told]).toEqual([undefined, 0]);
  clock.advance(1_000);
  expect(enforcement.lag).toBe(`the sidecar of ${WEB} (pid 2): version 2`);
  expect([enforcement.enforces.version, told]).toEqual([3, 1]);
  stuck.enforces = { trustVersion: 4, trustDigest: NEXT.digest, problem: 'version 2' };
  enforcement.follow(); // it names the set, and does not decide by it
  expect([enforcement.enforces.version, told]).toEqual([3, 1]);
  world.sidecars.pop(); // it is ended
  enforcement.follow();
  expect([enforcement.enforces.version, enforcement.lag, told]).toEqual([4, undefined, 2]);
});

test('however often sidecars say one thing and another, the record changes twice a second at most', () => {
  const enforcement = begun();
  world.sidecars = [sidecar(sampleTrust.digest)];
  const [only] = world.sidecars as [Workload]; // one
  for (let n = 0; n < 10_000; n += 1) {
    const problem = { problem: `${n}` };
    only.enforces = { trustVersion: 3, trustDigest: sampleTrust.digest, ...(n % 2 ? {} : problem) };
    enforcement.follow();
    clock.advance(1);
  }
  expect(told).toBeLessThanOrEqual(20);
});

test('one that begins decides nothing yet, and one that comes back decides by what it had', () => {
  world.sidecars = [sidecar(undefined)];
  expect(begun().lag).toBeUndefined();
  world.sidecars = [sidecar(undefined, { resumed: true })];
  expect(begun().lag).toContain('has not taken it up yet');
});

test('policies that cannot be read, and sidecars that are missing after a start, make it lag', () => {
  world.policyProblem = 'a.cedar: a word that is not known';
  expect(begun().lag).toBe('policies cannot be read: a.cedar: a word that is not known');
  world.policyProblem = 'x'.repeat(1_000);
  expect(begun().lag).toHaveLength(256);
  world = { ...world, policyProblem: undefined, hasOrphans: true };
  const enforcement = begun();
  expect(enforcement.lag).toContain('before its start');
  world.hasOrphans = false;
  enforcement.follow();
  expect([enforcement.lag, told]).toEqual([undefined, 1]);
});

test('a start changes nothing of when a set was taken up, unless it brought the set', () => {
  expect(begun({ ...BEFORE, since: 77 }).enforces.since).toBe(77);
  expect(begun({ version: 2, digest: DB }).enforces.since).toBe(1_000);
  expect(begun(BEFORE).enforces).toEqual({ ...BEFORE, ...NAMES });
});

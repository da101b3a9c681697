import { beforeEach, expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { sampleTrust, WEB } from '../registry/testing/index.ts';
import { ORPHAN_GRACE_MS } from './endpoint-records.ts';
import { Enforcement } from './enforcement.ts';
import { MissingSidecars } from './missing-sidecars.ts';
import type { Workload } from './workload-session.ts';

const NEXT = { ...sampleTrust, version: 4, digest: 'e'.repeat(64) };

let clock: FakeClock;
let alive: Set<number>;
let trust: typeof sampleTrust;
let sessions: { workload: Workload; facts: never }[];
let missing: MissingSidecars;
let enforcement: Enforcement;

/** A sidecar that decides by the set of that digest. */
const sidecar = (pid: number, trustDigest: string) => ({
  workload: {
    key: WEB,
    spiffeId: WEB,
    svidEndsAt: undefined,
    listens: true,
    hello: { instance: `i${pid}` } as never, // of it only what is there is asked
    enforces: { trustVersion: 3, trustDigest },
  },
  facts: { pid } as never, // as above
});

beforeEach(() => {
  clock = new FakeClock(1_000);
  alive = new Set([1, 2]);
  trust = sampleTrust;
  sessions = [sidecar(1, sampleTrust.digest), sidecar(2, sampleTrust.digest)];
  missing = new MissingSidecars({
    clock,
    isProcessAlive: (pid) => alive.has(pid),
    changed: () => enforcement.follow(),
  });
  enforcement = new Enforcement({
    trust: () => trust,
    sessions: () => missing.among(sessions),
    hasOrphans: () => false,
    policyProblem: () => undefined,
    saidBefore: undefined,
    clock,
  });
});

/** The second sidecar is cut off from its node, which takes up the next set with the first one. */
function cutOff(): void {
  trust = NEXT;
  sessions = [sidecar(1, NEXT.digest)];
  enforcement.follow();
}

test('a change has not arrived while a sidecar that is cut off lives on by the set of before', () => {
  cutOff();
  clock.advance(2_000);
  expect(enforcement.enforces.version).toBe(sampleTrust.version);
  expect(enforcement.lag).toContain('(pid 2)');
  sessions = [...sessions, sidecar(2, NEXT.digest)];
  enforcement.follow();
  expect([enforcement.enforces.version, enforcement.lag]).toEqual([4, undefined]);
});

test('a sidecar whose process ends is waited for no more, whether somebody asks or not', () => {
  cutOff();
  alive.delete(2);
  clock.advance(1_000);
  expect([enforcement.enforces.version, enforcement.lag]).toEqual([4, undefined]);
});

test('one that does not come back is waited for as long as after a restart, and nothing goes on then', () => {
  cutOff();
  clock.advance(ORPHAN_GRACE_MS - 1);
  expect(enforcement.enforces.version).toBe(sampleTrust.version);
  clock.advance(1_001);
  expect(enforcement.enforces.version).toBe(4);
  expect(missing.among(sessions)).toEqual(sessions);
});

test('one that decided by what is in force when it was cut off is not waited for', () => {
  sessions = [sidecar(1, sampleTrust.digest)];
  enforcement.follow();
  clock.advance(3_000);
  expect(enforcement.lag).toBeUndefined();
});

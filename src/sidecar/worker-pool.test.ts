import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrustDomain } from '../core/index.ts';
import { generatePrivateKey, issueSvid, privateKeyToPem, publicKeyOf } from '../crypto/index.ts';
import { HOUR_MS, newAuthority, random, WEB } from '../crypto/testing/index.ts';
import { killProcess } from '../platform/index.ts';
import type { SampledDecision } from '../policy/index.ts';
import { eventually, FakeClock, recordingLog } from '../ports/testing/index.ts';
import { N1, sampleTrust } from '../registry/testing/sample-trust.ts';
import { buildSnapshot, type Door, type PolicyProgram } from '../snapshot/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import type { Enforcement } from './carrier.ts';
import type { HeldIdentity } from './identity-keeper.ts';
import { WorkerPool } from './worker-pool.ts';

const SCRIPT = join(import.meta.dir, 'testing', 'scripted-worker.ts');
const DEADLINE_MS = 45_000;
const DOOR: Door = {
  direction: 'outbound',
  host: '127.0.0.1',
  port: 1,
  service: 'default/ledger' as never, // a service key
};

let directory: string;
let clock: FakeClock;
let told: Enforcement[];
let failures: unknown[];
let decided: SampledDecision[];
let pool: WorkerPool;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-workers-'));
  clock = new FakeClock();
  [told, failures, decided] = [[], [], []];
});
afterEach(() => {
  pool.stop();
  rmSync(directory, { recursive: true, force: true });
});

const path = () => join(directory, 'orders');
const orders = (): string[] =>
  existsSync(path()) ? readFileSync(path(), 'utf8').trim().split('\n') : [];
/** What was ordered, whoever it was. */
const kinds = (): string[] => orders().map((line) => line.replace(/^\d+ /, ''));
const pids = (): number[] => [...new Set(orders().map((line) => Number(line.split(' ')[0])))];

function start(conduct: string, count = 1): void {
  const [mine, mineFailed] = [told, failures]; // the end of a pool is told after its test
  pool = new WorkerPool({
    count,
    clock,
    log: recordingLog(),
    metrics: createMetrics(),
    command: [process.execPath, SCRIPT, path(), conduct],
    events: {
      enforced: (enforcement) => void mine.push(enforcement),
      listening: () => undefined,
      decided: (decisions) => void decided.push(...decisions),
      unknownKey: () => undefined,
      failed: (error) => void mineFailed.push(error),
    },
  });
  pool.begin('shop.example' as TrustDomain); // a trust domain, by inspection
}

const snapshot = (trustVersion: number, policyDigest = 'first') =>
  buildSnapshot({
    trust: { ...sampleTrust, version: trustVersion, digest: `of ${trustVersion}` },
    node: N1,
    offered: () => [],
    policyDigest,
    for: { upstreams: [] },
  });

const program = (digest: string, count = 0): PolicyProgram => ({
  digest,
  program: {
    version: 1,
    context: [],
    headers: [],
    actions: [],
    policies: Array.from({ length: count }, () => ({}) as never), // nobody links them here
  },
});

let lives = 0;
/** Each ends at another time, by which it is recognized. */
async function identity(): Promise<HeldIdentity> {
  const { issuer } = await newAuthority(24 * HOUR_MS, { now: Date.now() });
  const key = generatePrivateKey('p256');
  lives += 1;
  const { pem, notAfter } = issueSvid({
    issuer,
    publicKey: publicKeyOf(key),
    spiffeId: WEB,
    random,
    now: Date.now(),
    lifeMs: HOUR_MS + lives * 1_000,
  });
  const privateKeyPem = privateKeyToPem(key);
  return { spiffeId: WEB, certificateChainPem: pem, privateKeyPem, notAfterMs: notAfter };
}

const identities = () => kinds().filter((kind) => kind.startsWith('identity'));
const versions = () => told.map(({ trustVersion }) => trustVersion);
const eventuallyIn = (what: string, holds: () => boolean) => eventually(what, holds, DEADLINE_MS);

/** Moves time on in small steps until a worker that was to come back has done what is waited for. */
const inTime = (what: string, holds: () => boolean) =>
  eventuallyIn(what, () => {
    clock.advance(50);
    return holds();
  });

test('a worker gets one order at a time, and is spared what was overtaken meanwhile', async () => {
  start('good');
  pool.follow(program('first', 450));
  for (let version = 1; version <= 50; version++) pool.follow(snapshot(version));
  await eventuallyIn('the last one', () => versions().at(-1) === 50);
  expect(kinds()).toEqual([
    'begin',
    'policies first 0',
    'policies first 1',
    'policies first 2',
    'snapshot 50',
  ]);
});

test('a version is told once all workers decide by it', async () => {
  start('good', 2);
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await eventuallyIn('both', () => told.at(-1)?.workers?.serving === 2);
  pool.follow(snapshot(2));
  await eventuallyIn('the next one', () => versions().at(-1) === 2);
  expect(kinds().filter((kind) => kind === 'delta 2')).toHaveLength(2);
  expect(told.at(-1)).toEqual({
    trustVersion: 2,
    trustDigest: 'of 2',
    workers: { serving: 2, wanted: 2 },
  });
});

test('a worker that ends is replaced, and has all that the others have before it serves', async () => {
  start('good', 2);
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await eventuallyIn('both', () => told.at(-1)?.workers?.serving === 2);
  await pool.open(DOOR);
  killProcess(pids()[0] ?? 0);
  await eventuallyIn('the loss', () => told.at(-1)?.workers?.serving === 1);
  await inTime('the next one', () => told.at(-1)?.workers?.serving === 2);
  const last = orders().filter((line) => line.startsWith(`${pids().at(-1)} `));
  expect(last.map((line) => line.replace(/^\d+ /, ''))).toEqual([
    ...['begin', 'policies first 0', 'snapshot 1', 'open'],
  ]);
  expect(failures).toEqual([]);
});

test('a new certificate reaches every worker, also one that comes later; one that is none reaches nobody', async () => {
  start('good', 2);
  pool.useIdentity(await identity());
  await eventuallyIn('both', () => identities().length === 2);
  const renewed = await identity();
  pool.useIdentity(renewed);
  await eventuallyIn('both again', () => identities().length === 4);
  const mixed = { ...renewed, privateKeyPem: (await identity()).privateKeyPem };
  expect(() => pool.useIdentity(mixed)).toThrow();
  killProcess(pids()[0] ?? 0);
  await inTime('the next one', () => identities().length === 5);
  const mark = `identity ${renewed.notAfterMs}`;
  expect(identities().slice(2)).toEqual([mark, mark, mark]);
});

test('a new worker decides by the last policies that could be linked, where the newest cannot', async () => {
  start('good');
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await eventuallyIn('the first', () => told.length === 1);
  pool.follow(program('odd'));
  pool.follow(snapshot(2, 'odd'));
  await eventuallyIn('the problem', () => told.at(-1)?.problem === 'odd');
  killProcess(pids()[0] ?? 0);
  await inTime('the next one', () => pids().length === 2 && kinds().at(-1) === 'snapshot 2');
  const second = orders().filter((line) => line.startsWith(`${pids()[1]} policies`));
  expect(second.map((line) => line.split(' ')[2])).toEqual(['first', 'odd']);
});

test('a worker that does not answer is ended, and another one is started', async () => {
  start('silent');
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await eventuallyIn('the order', () => kinds().at(-1) === 'snapshot 1');
  clock.advance(29_000);
  expect(pids()).toHaveLength(1);
  await inTime('another one', () => pids().length === 2);
});

test('a worker that hangs without being told anything is ended, too', async () => {
  start('good');
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await eventuallyIn('the snapshot', () => told.length === 1);
  await eventuallyIn('two questions', () => {
    clock.advance(200);
    return kinds().filter((kind) => kind === 'ping').length === 2;
  });
  expect(pids()).toHaveLength(1);
  process.kill(pids()[0] ?? 0, 'SIGSTOP');
  clock.advance(30_000); // for the answer that may be under way
  clock.advance(10_000);
  clock.advance(30_000);
  await inTime('another worker', () => pids().length === 2);
});

test('a worker that says too much is ended, and another one is started', async () => {
  start('babbling');
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await inTime('another one', () => pids().length === 2);
  expect(clock.monotonic()).toBeLessThan(29_000);
});

test('workers that cannot begin end the sidecar with the reason', async () => {
  start('dying', 2);
  await eventuallyIn('the failures', () => failures.length > 0);
  expect(failures[0]).toMatchObject({ code: 'SIDECAR_ENDED' });
});

test('what workers count is added up and outlives them, what they hold does not', async () => {
  start('good', 2);
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await eventuallyIn('both', () => told.at(-1)?.workers?.serving === 2);
  const read = async () => {
    // prom-client writes it so.
    const families = (await pool.metrics()) as { name: string; values: { value: number }[] }[];
    const measured = (wanted: string) =>
      families.find(({ name }) => name === wanted)?.values[0]?.value;
    return [
      measured('selvage_counter'),
      measured('selvage_gauge'),
      measured('selvage_worker_ends_total'),
    ];
  };
  expect(await read()).toEqual([2, 2, 0]);
  killProcess(pids()[0] ?? 0);
  await eventuallyIn('the loss', () => told.at(-1)?.workers?.serving === 1);
  expect(await read()).toEqual([2, 1, 1]);
});

test('what each worker decided is handed on', async () => {
  start('good', 2);
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await eventuallyIn('those of both', () => decided.length === 2);
  expect(decided).toMatchObject([
    { weight: 3, request: { resource: 'shop/db' } },
    { weight: 3, request: { resource: 'shop/db' } },
  ]);
});

test('a door is open when all have it, also if a worker ends meanwhile', async () => {
  start('good', 2);
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await eventuallyIn('both', () => told.at(-1)?.workers?.serving === 2);
  let isOpen = false;
  const opened = pool.open(DOOR).then(() => {
    isOpen = true;
  });
  killProcess(pids()[0] ?? 0);
  await inTime('the next one', () => pids().length === 3 && isOpen);
  await opened;
  expect(kinds().filter((kind) => kind === 'open').length).toBeGreaterThanOrEqual(2);
  expect(failures).toEqual([]);
});

test('a door that cannot be opened says why', async () => {
  start('refusing');
  pool.follow(program('first'));
  pool.follow(snapshot(1));
  await eventuallyIn('the snapshot', () => told.length === 1);
  await expect(pool.open(DOOR)).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
});

import { describe, expect, test } from 'bun:test';
import type { Namespace } from '../core/index.ts';
import { cedarWasm, openStore } from '../platform/index.ts';
import { type Cedar, loadCedar } from '../policy/index.ts';
import { FakeClock, recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { sampleTrust } from '../registry/testing/sample-trust.ts';
import { KeptProgram } from './kept-program.ts';
import { PolicyReading } from './policy-reading.ts';

const future = { ...sampleTrust, policies: [{ name: 'next', text: 'permit(from the future);' }] };
const payments = 'payments' as Namespace;

/** A node's reading, and the same after a restart: with the same store, counting what the engine is asked. */
function startedNode(store = openStore(':memory:'), { costMs = 0, waitMs = 0 } = {}) {
  const clock = new FakeClock(0);
  const log = recordingLog();
  const meter = recordingMeter();
  const asked: string[] = [];
  const official = loadCedar(cedarWasm());
  const cedar: Cedar = {
    ...official,
    validate(policies, schema) {
      asked.push(...Object.keys(policies));
      workedMs += costMs;
      clock.advance(costMs + waitMs);
      return official.validate(policies, schema);
    },
  };
  const space = store.space('policies');
  const kept = new KeptProgram(space, log);
  let workedMs = 0;
  const processorMs = () => workedMs;
  const reading = new PolicyReading({ cedar, kept, clock, processorMs, log, meter });
  return { reading, clock, log, meter, asked, space, restart: () => startedNode(store) };
}

test('policies of another version do not end the node, explain nothing, and are said', () => {
  const { reading, log } = startedNode();
  reading.follow(sampleTrust);
  expect(reading.problem).toBeUndefined();
  expect(reading.engine().policies.size).toBe(1);
  const { program } = reading;
  expect(program?.program.policies).toHaveLength(1);
  reading.follow(future);
  expect(reading.program).toBe(program); // sidecars go on with it
  expect(reading.problem).toContain('next.cedar');
  expect(log.lines).toMatchObject([
    { level: 'error', message: 'policies in force cannot be read' },
  ]);
  expect(() => reading.engine()).toThrow('next.cedar');
  reading.follow(sampleTrust);
  expect([reading.problem, reading.engine().policies.size]).toEqual([undefined, 1]);
});

test('a change of anything but policies compiles nothing again', () => {
  const { reading, asked } = startedNode();
  reading.follow(sampleTrust);
  const { program } = reading;
  asked.length = 0;
  reading.follow({ ...sampleTrust, version: 9, services: [] });
  expect(reading.program).toBe(program);
  expect(asked).toEqual([]);
  reading.follow({ ...sampleTrust, policies: [] });
  expect(reading.program?.digest).not.toBe(program?.digest);
});

test('a team whose file cannot be read closes its namespace, which is said and counted until it can', () => {
  const { reading, log, meter, restart } = startedNode();
  const bad = { name: 'limits', namespace: payments, text: 'permit(' };
  const half = { ...sampleTrust, policies: [...sampleTrust.policies, bad] };
  for (const node of [{ reading, log, meter }, restart()]) {
    node.reading.follow(half);
    expect(node.reading.problem).toBeUndefined();
    expect(node.reading.closed).toMatchObject([{ namespace: payments }]);
    expect(node.reading.engine().policies.has('payments/limits~unreadable')).toBe(true);
    expect(node.log.lines).toMatchObject([{ message: 'policies of a namespace cannot be read' }]);
    expect(node.meter.value('selvage_closed_namespaces', { namespace: payments })).toBe(1);
    node.reading.follow(sampleTrust);
    expect(node.reading.closed).toEqual([]);
    expect(node.meter.value('selvage_closed_namespaces', { namespace: payments })).toBe(0);
  }
});

test('a node that starts again compiles nothing, unless the policies or the compiler are others', () => {
  const first = startedNode();
  first.reading.follow(sampleTrust);
  const again = first.restart();
  again.reading.follow({ ...sampleTrust, version: 12 });
  expect(again.reading.program).toEqual(first.reading.program);
  expect(again.asked).toEqual([]);
  const headers = { ...sampleTrust.settings, policyHeaders: ['x-tenant'] };
  for (const other of [
    { ...sampleTrust, settings: headers },
    { ...sampleTrust, policies: [] },
  ]) {
    const changed = first.restart();
    changed.reading.follow(other);
    expect(changed.reading.program).not.toEqual(first.reading.program);
  }
});

test('a kept program that is damaged is compiled anew', () => {
  const first = startedNode();
  first.reading.follow(sampleTrust);
  const [key, whole] = [...first.space.entries()][0] ?? ['', new Uint8Array()];
  const permitAll = new TextDecoder().decode(whole).replace('"permit"', '"forbid"');
  for (const bytes of [whole.subarray(0, 40), new TextEncoder().encode(permitAll)]) {
    first.space.put(key, bytes);
    const again = first.restart();
    again.reading.follow(sampleTrust);
    expect(again.asked).not.toEqual([]);
    expect(again.reading.program).toEqual(first.reading.program);
  }
});

test('a store that takes nothing is said, and the program serves all the same', () => {
  const log = recordingLog();
  const full = {
    ...openStore(':memory:').space('policies'),
    put() {
      throw new Error('the disk is full');
    },
  };
  const kept = new KeptProgram(full, log);
  const cedar = loadCedar(cedarWasm());
  const reading = new PolicyReading({
    cedar,
    kept,
    clock: new FakeClock(0),
    log,
    processorMs: () => 0,
    meter: recordingMeter(),
  });
  reading.follow(sampleTrust);
  expect(reading.program?.program.policies).toHaveLength(1);
  expect(log.lines).toMatchObject([{ level: 'warn' }]);
});

test('what only changes and questions need is let go of, and there again for the next of them', () => {
  const { reading, clock } = startedNode();
  reading.follow(sampleTrust);
  const { program } = reading;
  reading.engine();
  expect(reading.letGo()).toBe(false); // the next change or question may come now
  clock.advance(10_000);
  reading.letGo();
  expect(reading.letGo()).toBe(false);
  expect(reading.program).toBe(program);
  expect(reading.engine().policies.size).toBe(1);
  expect(reading.compile(future.policies, [])).toMatchObject({ ok: false });
  expect(reading.compile(sampleTrust.policies, [])).toMatchObject({ ok: true });
});

describe('a team that changes many policies again and again', () => {
  const COST_MS = 500;
  const by = (namespace: Namespace | undefined, text: string) => ({
    name: 'often',
    text,
    ...(namespace === undefined ? {} : { namespace }),
  });
  const permits = (n: number) => `permit(principal == Service::"shop/s${n}", action, resource);`;
  const flood = (n: number) => ({
    ...sampleTrust,
    policies: [...sampleTrust.policies, by(payments, permits(n))],
  });
  const flooded = () => {
    const node = startedNode(openStore(':memory:'), { costMs: COST_MS });
    for (let n = 0; n < 100; n++) node.reading.follow(flood(n));
    return node;
  };

  test('is read at once a few times, then the newest in its turn, and takes a fraction of the time', () => {
    const { reading, clock, asked } = flooded();
    expect(asked.length).toBeLessThan(10);
    expect(reading.problem).toContain('wait for their turn');
    let late = 0;
    reading.onReadLate(() => late++);
    const before = asked.length;
    for (let n = 100; n < 700; n++) {
      reading.follow(flood(n));
      clock.advance(100);
    }
    expect(asked.length - before).toBeLessThan(9); // in a minute: 0.5 s each ten
    expect(late).toBeGreaterThan(1);
    clock.advance(60_000);
    expect(reading.problem).toBeUndefined();
    expect(JSON.stringify(reading.program)).toContain('shop/s699');
  });

  test('keeps nobody else waiting: what governors or another team change is read at once', () => {
    for (const other of [undefined, 'billing' as Namespace]) {
      const { reading } = flooded();
      const { policies } = flood(100);
      reading.follow({ ...sampleTrust, policies: [...policies, by(other, permits(7_777))] });
      expect(reading.problem).toBeUndefined();
      expect(JSON.stringify(reading.program)).toContain('shop/s7777');
    }
  });

  test('waits for nothing because the machine is busy: only its own work counts', () => {
    const { reading, clock, asked } = startedNode(openStore(':memory:'), {
      costMs: 1,
      waitMs: COST_MS,
    });
    for (let n = 0; n < 20; n++) reading.follow(flood(n));
    expect(reading.problem).toBeUndefined();
    expect(clock.monotonic()).toBeGreaterThan(20 * COST_MS);
    expect(asked.length).toBeGreaterThanOrEqual(20);
  });

  test('and takes it back is read no more', () => {
    const { reading, clock, asked, log } = startedNode(openStore(':memory:'), { costMs: COST_MS });
    let n = 0;
    for (; reading.problem === undefined; n++) reading.follow(flood(n));
    reading.follow(flood(n - 2)); // the last that was read
    expect(reading.problem).toBeUndefined();
    const before = asked.length;
    clock.advance(60_000);
    expect([asked.length, log.lines]).toEqual([before, []]);
  });
});

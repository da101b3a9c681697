import { cedarWasm, realClock } from '../src/platform/index.ts';
import {
  compilePolicies,
  createEngine,
  type DecisionProgram,
  type DecisionRequest,
  linkEngine,
  loadCedar,
  type PolicyEngine,
  type PolicySource,
} from '../src/policy/index.ts';
import {
  contextualRequests,
  contextualSources,
  headers,
  policySources,
  requests,
  trustDomain,
} from './policy-set.ts';
import { type Bench, median, quantile, type Row } from './rows.ts';

const cedar = loadCedar(cedarWasm());
const SMALL = 1_000;
const LARGE = 10_000;
const asked = requests(10_000);

export const policyBench: Bench = {
  about: 'decisions with 10 policies that could match, by one caller for one service, 10,000 paths',
  async run() {
    const small = await measured(SMALL, { median: [1, 0.3], p99: [5, 1] });
    const base = small.decisionMicros;
    const large = await measured(LARGE, { median: [1.5 * base, 1.1 * base] });
    return [...small.rows, ...(await contextualRows()), ...large.rows];
  },
};

type Aims = Readonly<Record<'median', readonly [number, number]>> &
  Partial<Record<'p99', readonly [number, number]>>;

/** Requests that bring a user, a header, TLS facts and the time, and policies that look at all of them. */
async function contextualRows(): Promise<Row[]> {
  const program = compiled(contextualSources(SMALL));
  const { engine } = await timedLink(program);
  const what = `${SMALL} policies, requests with all context: `;
  const { medianMicros } = decisionTimes(engine, contextualRequests(10_000));
  return [
    { what: `${what}decision, median`, value: medianMicros, unit: 'µs' },
    {
      what: `${what}garbage per permitted decision`,
      value: await garbageBytes(program, 'contextual'),
      unit: 'bytes',
      bar: 0,
      stretch: 0,
    },
  ];
}

/** As a sidecar gets it. */
function compiled(policies: readonly PolicySource[]): DecisionProgram {
  const result = compilePolicies({ cedar, policies, headers });
  if (!result.ok) throw new Error(JSON.stringify(result.error[0]));
  return JSON.parse(JSON.stringify(result.value.program));
}

async function measured(count: number, aims: Aims) {
  const start = performance.now();
  const program = compiled(policySources(count));
  const compileMs = performance.now() - start;
  const links = [await timedLink(program)];
  for (let i = 0; i < 9; i += 1) links.push(await timedLink(program));
  const { engine } = links[0] ?? (await timedLink(program));
  const timed = decisionTimes(engine, asked);
  const [compileAim, linkAim, stallAim] =
    count === SMALL
      ? [
          [500, 100],
          [50, 20],
          [2, 1],
        ]
      : [[], [], []];
  const row = (
    what: string,
    value: number,
    unit: string,
    [bar, stretch]: readonly number[] = [],
  ): Row => ({
    what: `${count} policies: ${what}`,
    value,
    unit,
    ...(bar === undefined ? {} : { bar }),
    ...(stretch === undefined ? {} : { stretch }),
  });
  const first = links[0]?.slicesMs ?? [];
  const rows = [
    row('decision, median', timed.medianMicros, 'µs', aims.median),
    row('decision, p99, with the timer', timed.p99Micros, 'µs', aims.p99),
    row('official engine (statefulIsAuthorized), median', officialMicros(count), 'µs'),
    row('garbage per permitted decision', await garbageBytes(program, 'plain'), 'bytes', [0, 0]),
    row('compile, first time', compileMs, 'ms', compileAim),
    row('link, first time', sum(first), 'ms', linkAim),
    row('link, first time, longest stall', Math.max(...first), 'ms', stallAim),
    row('link, median of 10', median(links.map(({ slicesMs }) => sum(slicesMs))), 'ms'),
    row('link, longest stall of 10', Math.max(...links.flatMap(({ slicesMs }) => slicesMs)), 'ms'),
    row('program as JSON', JSON.stringify(program).length / 1024, 'KiB'),
  ];
  return { rows, program, decisionMicros: timed.medianMicros };
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

/** Links once, and tells how long the event loop was held up each time. */
async function timedLink(program: DecisionProgram) {
  const slicesMs: number[] = [];
  let start = performance.now();
  const clock = {
    ...realClock,
    after: (delayMs: number, run: () => void) => {
      slicesMs.push(performance.now() - start);
      return realClock.after(delayMs, () => {
        start = performance.now();
        run();
      });
    },
  };
  const linked = await linkEngine(program, { trustDomain, clock });
  slicesMs.push(performance.now() - start);
  if (!linked.ok) throw new Error(linked.error);
  return { engine: linked.value, slicesMs };
}

const BATCH = 100;

/** The median is of batches, the tail of decisions timed one by one: it has the timer's own time in it. */
function decisionTimes(
  engine: PolicyEngine,
  requests: readonly DecisionRequest[],
): { medianMicros: number; p99Micros: number } {
  const decideAll = () => {
    for (const request of requests) engine.decide(request);
  };
  for (let i = 0; i < 50; i += 1) decideAll();
  const batches: number[] = [];
  const singles: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    for (let at = 0; at < requests.length; at += BATCH) {
      const batch = requests.slice(at, at + BATCH);
      const start = Bun.nanoseconds();
      for (const request of batch) engine.decide(request);
      batches.push((Bun.nanoseconds() - start) / BATCH / 1000);
    }
    for (const request of requests) {
      const start = Bun.nanoseconds();
      engine.decide(request);
      singles.push((Bun.nanoseconds() - start) / 1000);
    }
  }
  return { medianMicros: median(batches), p99Micros: quantile(singles, 0.99) };
}

/** The official engine through its cache's misses: every path is new. */
function officialMicros(count: number): number {
  const engine = createEngine({ cedar, trustDomain, policies: policySources(count) });
  if (!engine.ok) throw new Error(JSON.stringify(engine.error[0]));
  const times = asked.slice(0, 100).map((request) => {
    const start = Bun.nanoseconds();
    engine.value.decide(request);
    return (Bun.nanoseconds() - start) / 1000;
  });
  return median(times);
}

const DECISIONS = 10_000_000;

/**
 * What the runtime says it allocated between the collections of a child that decides ten million times. Without
 * any collection it is less than the first would have needed: 8 MiB, 0.8 bytes a decision.
 */
async function garbageBytes(
  program: DecisionProgram,
  kind: 'plain' | 'contextual',
): Promise<number> {
  const script = `${import.meta.dir}/garbage-child.ts`;
  const child = Bun.spawn([process.execPath, script, String(DECISIONS), kind], {
    env: { ...process.env, BUN_JSC_logGC: '1' },
    stdin: new Blob([JSON.stringify(program)]),
    stderr: 'pipe',
  });
  const log = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`the child failed:\n${log.slice(-2000)}`);
  const between = log.slice(log.indexOf('start of decisions'), log.indexOf('end of decisions'));
  const found = between.matchAll(/bytes allocated this cycle: (\d+)/g);
  return sum([...found].map(([, bytes]) => Number(bytes))) / DECISIONS;
}

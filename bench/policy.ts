import { cedarWasm } from '../src/platform/index.ts';
import {
  compilePolicies,
  createEngine,
  type DecisionProgram,
  type DecisionRequest,
  loadCedar,
  type PolicyEngine,
  type PolicySource,
} from '../src/policy/index.ts';
import { garbageIn } from './garbage.ts';
import {
  contextualRequests,
  contextualSources,
  headers,
  policySources,
  requests,
  trustDomain,
} from './policy-set.ts';
import { type Bench, median, quantile, type Row } from './rows.ts';
import { inOwnProcess } from './sidecar-like.ts';
import { timedLink } from './timed-link.ts';

const cedar = loadCedar(cedarWasm());
const SMALL = 1_000;
const LARGE = 10_000;
const PATHS = 10_000;
const SAMPLED = 10_000_000;

const ONE_MORE: PolicySource = {
  name: 'one-more',
  text: 'permit(principal == Service::"a/b", action, resource == Service::"a/c");',
};

type Aim = readonly [bar: number, stretch: number];

export const policyBench: Bench = {
  about: 'decisions with 10 policies that could match, by one caller for one service, 10,000 paths',
  async run() {
    const small = await measured(SMALL, {
      median: [1, 0.3],
      p99: [5, 1],
      compile: [500, 100],
      link: [50, 20],
      stall: [2, 1],
    });
    const base = small[0]?.value ?? Number.NaN;
    const large = await measured(LARGE, { median: [1.5 * base, 1.1 * base] });
    return [...small, ...(await contextual()), ...(await sampled()), ...large];
  },
};

async function measured(
  count: number,
  aims: Readonly<Partial<Record<'median' | 'p99' | 'compile' | 'link' | 'stall', Aim>>>,
): Promise<Row[]> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const program = compiled(policySources(count));
  const compileMs = performance.now() - wall;
  const { user, system } = process.cpuUsage(cpu);
  const changed = performance.now();
  compiled([...policySources(count), ONE_MORE]);
  const changeMs = performance.now() - changed;
  const { engine } = await timedLink(program);
  const times = decisionTimes(engine, requests(PATHS));
  const { slicesMs, garbageBytes } = await inOwnProcess(program, 'plain');
  const linkMs = slicesMs.reduce((sum, slice) => sum + slice, 0);
  const kibibytes = JSON.stringify(program).length / 1024;
  return [
    row('decision, median', times.medianMicros, 'µs', aims.median),
    row('decision, p99, with the timer', times.p99Micros, 'µs', aims.p99),
    row('official engine (statefulIsAuthorized), median', officialMicros(count), 'µs'),
    row('garbage per permitted decision', garbageBytes, 'bytes', [0, 0]),
    row('compile', compileMs, 'ms', aims.compile),
    row('compile when one policy was added', changeMs, 'ms'),
    row('compile, CPU of all threads', (user + system) / 1000, 'ms'),
    row('link in a new process', linkMs, 'ms', aims.link),
    row('link in a new process, longest stall', Math.max(...slicesMs), 'ms', aims.stall),
    row('program as JSON', kibibytes, 'KiB'),
  ].map((one) => ({ ...one, what: `${count} policies: ${one.what}` }));
}

/** Requests that bring a user, a header, TLS facts and the time, and policies that look at all of them. */
async function contextual(): Promise<Row[]> {
  const program = compiled(contextualSources(SMALL));
  const { engine } = await timedLink(program);
  const { medianMicros } = decisionTimes(engine, contextualRequests(PATHS));
  const { garbageBytes } = await inOwnProcess(program, 'contextual');
  return [
    row('decision, median', medianMicros, 'µs'),
    row('garbage per permitted decision', garbageBytes, 'bytes', [0, 0]),
  ].map((one) => ({ ...one, what: `${SMALL} policies, user, header, TLS, time: ${one.what}` }));
}

/** What it costs beside deciding to count a decision, and to remember some. */
async function sampled(): Promise<Row[]> {
  const { output, bytes } = await garbageIn('sampling-child.ts', [String(SAMPLED)]);
  return [
    row('counting and sampling a decision, mean', Number(output) / 1_000, 'µs'),
    row('… garbage', bytes / SAMPLED, 'bytes', [0, 0]),
  ];
}

const row = (what: string, value: number, unit: string, aim?: Aim): Row => ({
  what,
  value,
  unit,
  ...(aim === undefined ? {} : { bar: aim[0], stretch: aim[1] }),
});

/** As a sidecar gets it. */
function compiled(policies: readonly PolicySource[]): DecisionProgram {
  const result = compilePolicies({ cedar, policies, headers });
  if (!result.ok) throw new Error(JSON.stringify(result.error[0]));
  return JSON.parse(JSON.stringify(result.value.program));
}

const BATCH = 100;

/** The median is of batches, the tail of decisions timed one by one: it has the timer's own time in it. */
function decisionTimes(
  engine: PolicyEngine,
  asked: readonly DecisionRequest[],
): { medianMicros: number; p99Micros: number } {
  for (let round = 0; round < 50; round += 1) for (const request of asked) engine.decide(request);
  const batches: number[] = [];
  const singles: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    for (let at = 0; at < asked.length; at += BATCH) {
      const batch = asked.slice(at, at + BATCH);
      const start = Bun.nanoseconds();
      for (const request of batch) engine.decide(request);
      batches.push((Bun.nanoseconds() - start) / BATCH / 1000);
    }
    for (const request of asked) {
      const start = Bun.nanoseconds();
      engine.decide(request);
      singles.push((Bun.nanoseconds() - start) / 1000);
    }
  }
  return { medianMicros: median(batches), p99Micros: quantile(singles, 0.99) };
}

/** With its policies parsed before, and no decision from its cache: every path is new. */
function officialMicros(count: number): number {
  const engine = createEngine({ cedar, trustDomain, policies: policySources(count) });
  if (!engine.ok) throw new Error(JSON.stringify(engine.error[0]));
  const times = requests(100).map((request) => {
    const start = Bun.nanoseconds();
    engine.value.decide(request);
    return (Bun.nanoseconds() - start) / 1000;
  });
  return median(times);
}

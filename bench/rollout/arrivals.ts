import type { AdminService, RolloutView } from '../../src/admin/index.ts';
import type { TargetContent } from '../../src/governance/index.ts';
import { cpuMicros } from '../cpu-clock.ts';
import type { Governor } from '../nodes/governor.ts';
import { quantile, type Row } from '../rows.ts';

/** Not counted: what runs for the first time is not compiled yet. */
const WARM_UPS = 5;
const CHANGE_TIMEOUT_MS = 60_000;
/** Between two changes, after the last one is known to be everywhere: out of step with whatever beats in the nodes. */
const PAUSE_MS = { least: 1_000, span: 1_000 };

const KINDS = ['node', 'sidecar'] as const;

interface Arrival {
  /** From before the publication until the last sidecar of each node enforced it. */
  readonly enforcedMs: readonly number[];
  /** … until the node that was asked knew it of all. */
  readonly provenMs: number;
  /** Nodes that were not waited for, taken for dead: with any of them the change did not reach all. */
  readonly missing: number;
}

/** Another one each time, so that every sidecar must compile and link anew. */
const policyOf = (change: number): TargetContent => {
  const text = `permit (principal, action == Action::"http:GET", resource) when { context.path == "/${change}" };`;
  return { kind: 'Policy', policy: { name: 'bench', text } };
};

/** One policy changes at a time. All clocks are this machine's: a node's record says when its last sidecar had it. */
export async function measureArrivals(
  client: AdminService,
  governor: Governor,
  pids: { readonly node: readonly number[]; readonly sidecar: readonly number[] },
  changes: number,
): Promise<readonly Row[]> {
  const arrivals: Arrival[] = [];
  const spent = { node: 0, sidecar: 0 };
  for (let change = -WARM_UPS; change < changes; change += 1) {
    if (change === 0) for (const kind of KINDS) spent[kind] = -cpuMicros(pids[kind]);
    const arrival = await arrivalOf(client, await governor.sign(client, policyOf(change)));
    if (change >= 0) arrivals.push(arrival);
    await Bun.sleep(PAUSE_MS.least + Math.random() * PAUSE_MS.span);
  }
  for (const kind of KINDS) spent[kind] += cpuMicros(pids[kind]);
  const onAll = arrivals.map(({ enforcedMs }) => Math.max(...enforcedMs));
  const onOne = arrivals.flatMap(({ enforcedMs }) => enforcedMs);
  const proven = arrivals.map(({ provenMs }) => provenMs);
  const missing = arrivals.reduce((sum, arrival) => sum + arrival.missing, 0);
  const ms = { unit: 'ms' };
  const eachMs = (kind: (typeof KINDS)[number]): number =>
    spent[kind] / 1_000 / changes / pids[kind].length;
  return [
    { what: 'enforced on one node, median', value: quantile(onOne, 0.5), ...ms },
    { what: 'enforced on all, median', value: quantile(onAll, 0.5), ...ms },
    {
      what: 'enforced on all, p99',
      value: quantile(onAll, 0.99),
      ...ms,
      bar: 2_000,
      stretch: 1_000,
    },
    { what: 'enforced on all, longest', value: Math.max(...onAll), ...ms },
    { what: 'known of all by the first node, median', value: quantile(proven, 0.5), ...ms },
    { what: 'known of all by the first node, p99', value: quantile(proven, 0.99), ...ms },
    { what: 'nodes taken for dead, all changes', value: missing, unit: 'nodes', bar: 0 },
    {
      what: 'processor time of a node for a change, pauses included',
      value: eachMs('node'),
      ...ms,
    },
    { what: '… of a sidecar', value: eachMs('sidecar'), ...ms },
  ];
}

async function arrivalOf(client: AdminService, publish: () => Promise<string>): Promise<Arrival> {
  const startedAt = Date.now();
  const digest = await publish();
  const { nodes } = await everywhere(client, digest);
  return {
    provenMs: Date.now() - startedAt,
    enforcedMs: nodes.flatMap(({ since }) =>
      since === undefined ? [] : [Date.parse(since) - startedAt],
    ),
    missing: nodes.filter(({ since }) => since === undefined).length,
  };
}

/** The rollout of that set, once it is complete. */
async function everywhere(client: AdminService, digest: string): Promise<RolloutView> {
  const late = AbortSignal.timeout(CHANGE_TIMEOUT_MS);
  let last: RolloutView | undefined;
  for await (const kind of client.changes(late)) {
    if (kind !== 'nodes') continue;
    last = await client.rollout({});
    if (last.digest === digest && last.complete) return last;
  }
  throw new Error(`not everywhere after ${CHANGE_TIMEOUT_MS} ms: ${JSON.stringify(last)}`);
}

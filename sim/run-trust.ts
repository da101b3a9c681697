import type { ScratchDirs } from '../src/ports/index.ts';
import { Campaign, makeGovernedMesh, TrustOnlooker } from './governance/index.ts';
import type { TrustReport } from './report/index.ts';
import type { Surroundings } from './run.ts';
import type { TrustPlan } from './scenario/index.ts';

/** The library that verifies insists on a directory. */
export interface TrustSurroundings extends Pick<Surroundings, 'clock' | 'progress'> {
  readonly scratch: ScratchDirs;
}

/** Runs one bad day of those who say what is in force, and says what came of it. */
export async function runTrust(
  plan: TrustPlan,
  seed: number,
  { clock, scratch, progress }: TrustSurroundings,
): Promise<TrustReport> {
  const startedAt = clock.monotonic();
  const mesh = await makeGovernedMesh(plan, seed, scratch);
  const campaign = new Campaign(mesh, plan);
  const onlooker = new TrustOnlooker(mesh, campaign);
  campaign.start();
  onlooker.watch(plan, progress);
  progress(1);
  const { timeline } = mesh.world;
  return {
    scenario: 'trust',
    seed,
    nodes: plan.nodes,
    published: campaign.taken,
    refusals: Object.fromEntries(campaign.refusals),
    conflicts: conflictsIn(mesh.tally.counts()),
    sets: onlooker.sets(),
    mergedMs: onlooker.mergedMs ?? null,
    agreementMs: onlooker.agreementMs ?? null,
    cost: {
      wallMs: clock.monotonic() - startedAt,
      events: timeline.happened,
      verified: mesh.verified,
    },
    trace: timeline.trace.digest,
    checks: onlooker.results(),
  };
}

const CONFLICT = /^selvage_trust_conflicts_total\{(.*)\}$/;

/** What nodes noticed of authorities that contradict each other, by kind. */
const conflictsIn = (counts: readonly (readonly [metric: string, count: number])[]) =>
  Object.fromEntries(
    counts.flatMap(([metric, count]) => {
      const [, kind] = CONFLICT.exec(metric) ?? [];
      return kind === undefined ? [] : [[kind, count] as const];
    }),
  );

import type { WorkloadView } from '../admin/index.ts';
import type { Clock, Log } from '../ports/index.ts';
import { readGauge } from '../telemetry/index.ts';
import { askSidecars, type SidecarMetrics } from './sidecar-metrics.ts';
import type { WorkloadServer } from './workload-server.ts';

/** The workloads of this host, each with what its sidecar holds now. */
export async function listWorkloads(
  workloads: Pick<WorkloadServer, 'sessions'>,
  clock: Clock,
  log: Log,
): Promise<readonly WorkloadView[]> {
  const answers = await askSidecars(workloads, clock);
  return answers.map((answer) => viewOf(answer, log));
}

function viewOf({ workload, pid, metrics }: SidecarMetrics, log: Log): WorkloadView {
  const { spiffeId, hello } = workload;
  const { instance, serves } = hello;
  const view = {
    spiffeId,
    instance,
    pid,
    ...(serves === undefined ? {} : { serves: serves.service }),
  };
  if (metrics === undefined) return view;
  const held = readGauge(metrics, 'selvage_held', 'what');
  if (held.ok) return { ...view, held: held.value };
  log.warn('what a sidecar holds is left out', { spiffeId, reason: held.error });
  return view;
}

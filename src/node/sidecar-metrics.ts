import type { Clock } from '../ports/index.ts';
import type { WorkloadServer } from './workload-server.ts';
import type { Workload } from './workload-session.ts';

/** How long sidecars have to hand over their metrics before it goes on without them, milliseconds. */
const SIDECAR_TIMEOUT_MS = 500;

export interface SidecarMetrics {
  readonly workload: Readonly<Workload>;
  readonly pid: number;
  /** prom-client's JSON, not checked; undefined when it did not answer in time. */
  readonly metrics: unknown;
}

/** Asks all sidecars for their metrics at once. */
export async function askSidecars(
  { sessions }: Pick<WorkloadServer, 'sessions'>,
  clock: Clock,
): Promise<readonly SidecarMetrics[]> {
  const { promise: deadline, resolve } = Promise.withResolvers<undefined>();
  const timer = clock.after(SIDECAR_TIMEOUT_MS, () => resolve(undefined));
  const answers = await Promise.all(
    sessions.map(async (session) => {
      const { workload, facts } = session;
      const metrics = await session.metrics(deadline);
      return workload === undefined ? [] : [{ workload, pid: facts.pid, metrics }];
    }),
  );
  timer.cancel();
  return answers.flat();
}

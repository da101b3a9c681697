import { workloadOf } from '../core/index.ts';
import type { Clock, Log } from '../ports/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { askSidecars } from './sidecar-metrics.ts';
import { type Allowance, TokenBucket } from './token-bucket.ts';
import type { WorkloadServer } from './workload-server.ts';
import type { Workload } from './workload-session.ts';

/**
 * How often sidecars are asked for their metrics: some times at a stretch for a person or a script that compares, then once
 * a second. Any local user may ask for the page, and what sidecars answer is read on the node's only thread.
 */
const MAX_GATHERINGS: Allowance = { most: 10, perSecond: 1 };

export interface MetricsPageParts {
  readonly metrics: Metrics;
  readonly workloads: Pick<WorkloadServer, 'sessions'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The node's metrics and its sidecars', for Prometheus. */
export class MetricsPage {
  readonly #parts: MetricsPageParts;
  readonly #gatherings: TokenBucket;
  #underWay: Promise<string> | undefined;

  constructor(parts: MetricsPageParts) {
    this.#parts = parts;
    this.#gatherings = new TokenBucket(MAX_GATHERINGS, parts.clock);
  }

  /**
   * As things stand now: nothing is kept, so that who asks twice sees what came between. All who ask while the page is awaited
   * or gathered get the same one.
   *
   * @throws TelemetryError METRICS_UNREADABLE
   */
  read(): Promise<string> {
    this.#underWay ??= this.#gatherInTurn().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #gatherInTurn(): Promise<string> {
    const waitMs = this.#gatherings.waitMs();
    if (waitMs > 0) {
      await new Promise<void>((resolve) => this.#parts.clock.after(waitMs, resolve));
    }
    this.#gatherings.spend(1);
    return await gather(this.#parts);
  }
}

async function gather({ metrics, workloads, clock, log }: MetricsPageParts): Promise<string> {
  const answers = await askSidecars(workloads, clock);
  const handedOver = answers.flatMap((answer) =>
    answer.metrics === undefined
      ? []
      : [{ workload: nameOf(answer.workload), metrics: answer.metrics }],
  );
  const { text, refused } = await metrics.exposition(handedOver);
  for (const { workload, reason } of refused) {
    log.warn('sidecar metrics left out', { workload, reason });
  }
  return text;
}

/** Told apart by the instance, recognized by the account: `default/web/3b5750c03af5…`. */
function nameOf({ spiffeId, hello }: Workload): string {
  const account = workloadOf(spiffeId);
  const name = account === undefined ? spiffeId : `${account.namespace}/${account.serviceAccount}`;
  return `${name}/${hello.instance}`;
}

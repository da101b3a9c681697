import { workloadOf } from '../core/index.ts';
import { type HttpServer, serveHttp } from '../platform/index.ts';
import type { Clock, Log } from '../ports/index.ts';
import { EXPOSITION_CONTENT_TYPE, type Metrics } from '../telemetry/index.ts';
import { askSidecars } from './sidecar-metrics.ts';
import type { WorkloadServer } from './workload-server.ts';
import type { Workload } from './workload-session.ts';

export interface ObservabilityParts {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  readonly workloads: WorkloadServer;
  /** Why the node cannot do its work now; empty when it can. */
  readonly problems: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * `/metrics` (the node's and its sidecars'), `/healthz` (the process answers) and `/readyz` (it can give
 * identities and views), without authentication: on a loopback address only.
 */
export function serveObservability(parts: ObservabilityParts): HttpServer {
  return serveHttp(parts.host, parts.port, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('only GET\n', { status: 405, headers: { allow: 'GET, HEAD' } });
    }
    if (pathname === '/healthz') return new Response('ok\n');
    if (pathname === '/readyz') return readiness(parts.problems());
    if (pathname === '/metrics') return await exposition(parts);
    return new Response('here are /metrics, /healthz and /readyz\n', { status: 404 });
  });
}

const readiness = (problems: readonly string[]): Response =>
  problems.length === 0
    ? new Response('ok\n')
    : new Response(problems.map((problem) => `${problem}\n`).join(''), { status: 503 });

async function exposition({ metrics, workloads, clock, log }: ObservabilityParts) {
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
  return new Response(text, { headers: { 'content-type': EXPOSITION_CONTENT_TYPE } });
}

/** Told apart by the instance, recognized by the account: `default/web/3b5750c03af5…`. */
function nameOf({ spiffeId, hello }: Workload): string {
  const account = workloadOf(spiffeId);
  const name = account === undefined ? spiffeId : `${account.namespace}/${account.serviceAccount}`;
  return `${name}/${hello.instance}`;
}

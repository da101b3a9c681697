import { type HttpServer, serveHttp } from '../platform/index.ts';
import { EXPOSITION_CONTENT_TYPE } from '../telemetry/index.ts';
import { MetricsPage, type MetricsPageParts } from './metrics-page.ts';

export interface ObservabilityParts extends MetricsPageParts {
  readonly host: string;
  readonly port: number;
  /** Why the node cannot do its work now; empty when it can. */
  readonly problems: () => readonly string[];
}

/**
 * `/metrics` (the node's and its sidecars'), `/healthz` (the process answers) and `/readyz` (it can give
 * identities and views), without authentication: on a loopback address only.
 */
export function serveObservability(parts: ObservabilityParts): HttpServer {
  const metrics = new MetricsPage(parts);
  return serveHttp(parts.host, parts.port, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('only GET\n', { status: 405, headers: { allow: 'GET, HEAD' } });
    }
    if (pathname === '/healthz') return new Response('ok\n');
    if (pathname === '/readyz') return readiness(parts.problems());
    if (pathname === '/metrics') return exposition(await metrics.read());
    return new Response('here are /metrics, /healthz and /readyz\n', { status: 404 });
  });
}

const readiness = (problems: readonly string[]): Response =>
  problems.length === 0
    ? new Response('ok\n')
    : new Response(problems.map((problem) => `${problem}\n`).join(''), { status: 503 });

const exposition = (text: string): Response =>
  new Response(text, { headers: { 'content-type': EXPOSITION_CONTENT_TYPE } });

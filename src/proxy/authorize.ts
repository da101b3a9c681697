import type { DecisionRequest, HttpMethod } from '../policy/index.ts';
import type { MeshView } from './mesh-view.ts';
import type { PairMetrics } from './metrics.ts';
import type { Runtime } from './runtime.ts';

const METHODS: ReadonlySet<string> = new Set<HttpMethod>([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
]);

/** A method as policies know it; an unknown one is `OTHER`, so that it matches no rule for a known one. */
export const methodOf = (method: string): HttpMethod =>
  METHODS.has(method) ? (method as HttpMethod) : 'OTHER'; // METHODS holds HttpMethods only

/** Asks the policies in force; a denial is counted and logged with the policies that decided. */
export function authorize(
  { log }: Runtime,
  view: MeshView,
  request: DecisionRequest,
  metrics: PairMetrics,
): boolean {
  const { allowed, policies, errors } = view.engine.decide(request);
  if (allowed) return true;
  metrics.denied();
  const { direction } = metrics.labels;
  log.info('denied by policy', { ...request, direction, policies, errors });
  return false;
}

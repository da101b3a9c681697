import { type Answer, callHttp } from '../clients/index.ts';
import type { ServiceName } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { CALL_TIMEOUT_MS } from './check.ts';

export interface ServiceCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The workload that calls; the frontend when left out. */
  readonly caller?: string;
}

/** One ordinary call of a service, by way of its caller's sidecar. */
export const callService = (
  { workloads }: Shop,
  service: ServiceName,
  { caller, ...asked }: ServiceCall,
): Promise<Answer> =>
  callHttp({ ...asked, port: workloads.upstream(service, caller), timeoutMs: CALL_TIMEOUT_MS });

import type { RpcMethods } from '../ports/index.ts';
import type { WorkloadApiHost } from './host.ts';
import { secretMethods } from './secret-methods.ts';
import { workloadMethods } from './workload-methods.ts';
import { X509Contexts } from './x509-context.ts';

/** All that is answered at the socket for workloads of any make: the SPIFFE Workload API, and Envoy's secret discovery. */
export function workloadApi<Process>(host: WorkloadApiHost<Process>): RpcMethods<Process> {
  const contexts = new X509Contexts();
  return { ...workloadMethods(host, contexts), ...secretMethods(host, contexts) };
}

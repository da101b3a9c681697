import { absolutePath } from '../platform/index.ts';

/** Where a program finds its SPIFFE Workload API (SPIFFE Workload Endpoint, section 4). */
const ENDPOINT = 'SPIFFE_ENDPOINT_SOCKET';

/**
 * What an application is told beside its own environment: where the node gives it its identity, if it wants
 * to hold that itself. A place that somebody chose for it stays.
 *
 * @param socket the node's `workload.sock`; the other one lies beside it
 */
export function workloadEnvironment(
  socket: string,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  if (environment[ENDPOINT] !== undefined) return {};
  return { [ENDPOINT]: `unix://${absolutePath(`${socket}/../spiffe.sock`)}` };
}

import type { EndpointView } from '../../src/admin/index.ts';
import type { HelloMesh } from '../hello-mesh.ts';

const LIMIT_MS = 10_000;

/** Where the sidecar of a service is reached by others, once the node says so. */
export async function inboundOf(mesh: HelloMesh, service: string): Promise<string> {
  const endsAt = performance.now() + LIMIT_MS;
  for (;;) {
    const items: readonly EndpointView[] = (await mesh.ask('get', 'endpoints')).items;
    const found = items.find(
      (one) => one.service === `default/${service}` && one.state === 'ready',
    );
    if (found !== undefined) return `${found.address}:${found.port}`;
    if (performance.now() > endsAt) throw new Error(`no endpoint of ${service} in ${LIMIT_MS} ms`);
  }
}

import type { EndpointView } from '../../src/admin/index.ts';
import { type HelloMesh, until } from '../hello-mesh.ts';

/** Where the sidecar of a service is reached by others, once the node says so. */
export async function inboundOf({ admin }: HelloMesh, service: string): Promise<string> {
  let found: EndpointView | undefined;
  await until(`an endpoint of ${service}`, async () => {
    const { items } = await admin.endpoints({});
    found = items.find((one) => one.service === `default/${service}` && one.state === 'ready');
    return found !== undefined;
  });
  return `${found?.address}:${found?.port}`;
}

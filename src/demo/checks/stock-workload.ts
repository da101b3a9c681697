import { tunnelServerName } from '../../proxy/index.ts';
import { type ClientIdentity, callByMutualTls, fetchIdentity } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { identityOf, keyOf } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { CALL_TIMEOUT_MS, type Check } from './check.ts';

const ITSELF = identityOf('frontend');

/** A program without a sidecar, and libraries that know of no mesh: what they need is in the standard. */
export const stockWorkload: Check = {
  number: 16,
  title: 'a stock gRPC client gets its SVID from the Workload API, and calls sidecars with it',
  run: async (shop) => {
    const socket = `${shop.nodes.dataDirectory('n3')}/spiffe.sock`;
    const identity = await fetchIdentity(socket, ITSELF);
    const permitted = await ask(shop, identity, 'catalog', '/products');
    const refused = await ask(shop, identity, 'payments', '/admin');
    expectThat(permitted === 200, `catalog gave ${permitted} for /products`);
    expectThat(refused === 403, `payments gave ${refused} for /admin, which nobody may ask`);
    return `as ${ITSELF}, over mutual TLS: catalog /products ${permitted}, payments /admin ${refused}`;
  },
};

function ask(
  shop: Shop,
  identity: ClientIdentity,
  service: 'catalog' | 'payments',
  path: string,
): Promise<number> {
  const place = shop.workloads.get(service === 'catalog' ? 'catalog-v2' : service).inbound;
  const asked = { serverName: tunnelServerName(keyOf(service)), peer: identityOf(service), path };
  return callByMutualTls({ place, identity, ...asked, timeoutMs: CALL_TIMEOUT_MS });
}

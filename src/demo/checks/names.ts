import { Resolver } from 'node:dns/promises';
import { callHttp } from '../clients/index.ts';
import { checkFailed, expectThat } from '../errors.ts';
import { identityOf } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { CALL_TIMEOUT_MS, type Check } from './check.ts';

const NAME = 'catalog.shop.mesh';

export const names: Check = {
  number: 11,
  title: `http://${NAME}/ by name, at an address of the frontend’s own`,
  needsNames: true,
  run: async (shop) => {
    const { server, address, port } = await resolved(shop);
    const headers = { host: NAME };
    const call = { host: address, port, method: 'GET', path: '/products', headers };
    const got = await callHttp({ ...call, timeoutMs: CALL_TIMEOUT_MS });
    expectThat(got.status === 200, `it answered ${got.status}: ${got.text.trim()}`);
    const peer = got.headers['x-selvage-peer'];
    expectThat(peer === identityOf('catalog'), `it was answered by ${peer}`);
    return `${server} says ${address}, port ${port}; answered as ${peer}`;
  },
};

/** What the DNS of the frontend's node says; nobody else on this host calls the catalog by name. */
async function resolved({ nodes }: Shop) {
  const { dns } = await nodes.status('n3');
  if (dns === undefined || 'problem' in dns) return checkFailed(`n3 answers for no names: ${dns}`);
  const resolver = new Resolver();
  resolver.setServers([dns.address]);
  const [[address], [service]] = await Promise.all([
    resolver.resolve4(NAME),
    resolver.resolveSrv(NAME),
  ]);
  expectThat(address !== undefined && service !== undefined, `${NAME} has no address`);
  const absent = await resolver.resolve4(`nothing.${NAME}`).then(
    (found) => `found at ${found}`,
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
  expectThat(absent === 'ENOTFOUND', `a name that is not there is ${absent}`);
  return { server: dns.address, address, port: service.port };
}

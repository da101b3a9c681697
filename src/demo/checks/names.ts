import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { findProgram, hostProcess, runCommand } from '../../platform/index.ts';
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
    const bySystem = await askSystem(shop, server);
    return `${server} says ${address}, port ${port}; answered as ${peer}${bySystem}`;
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

/** Of a shell that could not do what comes before the call. */
const CANNOT = 77;

/**
 * Calls the name as programs do, where this user may have a `resolv.conf` of its own: in a mount namespace,
 * so that nothing else on this host asks the node.
 */
async function askSystem({ stage }: Shop, server: string): Promise<string> {
  const [host, port] = server.split(':');
  const { uid, environment } = hostProcess();
  const isAble = ['unshare', 'curl'].every((program) => findProgram(program) !== undefined);
  if (uid !== 0 || port !== '53' || !isAble) return '';
  const file = stage.path('resolv.conf');
  writeFileSync(file, `nameserver ${host}\n`);
  const url = `http://${NAME}/products`;
  const script = `mount --bind "$0" /etc/resolv.conf || exit ${CANNOT}; exec curl -sf -o /dev/null "$1"`;
  const command = ['unshare', '--mount', 'sh', '-c', script, file, url];
  const timeoutMs = CALL_TIMEOUT_MS;
  const done = await runCommand({ command, environment, directory: stage.directory, timeoutMs });
  if (done.code === CANNOT) return '';
  expectThat(done.code === 0, `curl ${url} ended with ${done.code}: ${done.errorOutput}`);
  return `; curl ${url} found it by the system’s resolver`;
}

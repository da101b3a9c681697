import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { AdminService } from '../src/admin/index.ts';
import { CANNOT_MAKE_NAMESPACES } from '../src/platform/testing/index.ts';
import { type BridgedHost, BridgedHosts } from './bridged-hosts.ts';
import { until } from './hello-mesh.ts';
import { PORTS, type Running } from './mesh-on-disk.ts';

/**
 * Five hosts, two of which lose the other three: both sides serve on and change, and are one mesh again afterwards;
 * then one host falls silent for good. With real processes; what else can go wrong is the simulator's to find.
 */
setDefaultTimeout(120_000);

const RULES = new URL('../examples/hello', import.meta.url).pathname;
const CLIENT_PORT = 9_000;
const WEB_PORT = 8_080;
const CALLS = 20;
/** As long as one crash may take to be known to all; the machine may be busy with other tests. */
const SILENCE_NOTED_MS = 15_000;

const bridged = new BridgedHosts();
let hosts: readonly BridgedHost[] = [];
const running = new Map<BridgedHost, Running>();
const host = (number: number): BridgedHost => {
  const found = hosts[number - 1];
  if (found === undefined) throw new Error(`there is no host ${number}`);
  return found;
};

const data = ({ disk }: BridgedHost) => ['--data', disk.path('data')];
const socketOf = ({ disk }: BridgedHost) => ['--socket', disk.path('data', 'workload.sock')];
const ask = ({ disk }: BridgedHost): AdminService => disk.admin('data');

async function startNode(at: BridgedHost): Promise<void> {
  const profile = ['--membership-profile', 'local'];
  const flags = [...data(at), '--listen', at.address, ...PORTS, '--dns', 'off', ...profile];
  const node = at.disk.start('node', ...flags);
  await node.says('"node started"');
  running.set(at, node);
}

/** An application that answers with its host's name. */
function startWeb(at: BridgedHost): void {
  const program = `Bun.serve({ hostname: '127.0.0.1', port: ${WEB_PORT}, fetch: () => new Response('from ${at.name}') });`;
  const serve = ['--service', 'web', '--port', String(WEB_PORT)];
  at.disk.start('run', ...socketOf(at), ...serve, '--', process.execPath, '-e', program);
}

async function startClient(at: BridgedHost): Promise<void> {
  const upstream = ['--service', 'client', '--upstream', `web=${CLIENT_PORT}`];
  await at.disk.start('sidecar', ...socketOf(at), ...upstream).says('sidecar serving');
}

/** The hosts that answered some calls from `at`, and how else calls were answered. */
async function answerers(at: BridgedHost): Promise<string> {
  const names = new Set<string>();
  for (let call = 0; call < CALLS; call += 1) {
    const answer = await at.get(CLIENT_PORT);
    const name = /^HTTP\/1\.1 200 [\s\S]*from (n\d)/.exec(answer)?.[1];
    names.add(name ?? answer);
  }
  return [...names].sort().join(' ');
}

/** Waits until these hosts answer each call from `at`, and no others: a sidecar hears of a change after its node. */
const untilAnswered = (at: BridgedHost, names: string): Promise<void> =>
  until(`${names} answer ${at.name}`, async () => (await answerers(at)) === names);

/** The nodes where web is ready, as `at` sees it. */
async function webNodes(at: BridgedHost): Promise<string> {
  const { items } = await ask(at).endpoints({});
  return items
    .flatMap(({ node, state }) => (state === 'ready' ? [node] : []))
    .sort()
    .join(' ');
}

/** The other members in this state, as `at` sees it. */
async function members(at: BridgedHost, wanted: string): Promise<string> {
  const { items } = await ask(at).members({});
  return items
    .flatMap(({ name, state }) => (state === wanted ? [name] : []))
    .sort()
    .join(' ');
}

const namesBut = (at: BridgedHost): string =>
  hosts.flatMap((other) => (other === at ? [] : [other.name])).join(' ');

const untilAll = (
  what: string,
  some: readonly BridgedHost[],
  holds: (at: BridgedHost) => Promise<boolean>,
): Promise<void> => until(what, async () => (await Promise.all(some.map(holds))).every(Boolean));

async function found(): Promise<void> {
  const first = host(1);
  const key = ['--governor-key', first.disk.path('governor.key'), '--no-passphrase'];
  await first.disk.must(
    'init',
    '--trust-domain',
    'parted.example',
    ...data(first),
    '--name',
    first.name,
    ...key,
  );
  await startNode(first);
  const signed = ['--key', first.disk.path('governor.key'), ...data(first), '--yes'];
  await first.disk.must('apply', '-f', RULES, ...signed);
  for (const at of hosts.slice(1)) {
    const token = await first.disk.must('token', 'create', ...data(first));
    await at.disk.must('join', token.trim(), ...data(at), '--name', at.name);
    await startNode(at);
  }
  await untilAll(
    'five know each other',
    hosts,
    async (at) => (await members(at, 'alive')) === namesBut(at),
  );
  await first.disk.must('authority', 'add', 'n4', ...signed);
}

describe.skipIf(CANNOT_MAKE_NAMESPACES)('five hosts (as root, with ip and nft)', () => {
  beforeAll(async () => {
    hosts = await bridged.build(5);
    await found();
    startWeb(host(1));
    startWeb(host(4));
    await Promise.all([startClient(host(2)), startClient(host(5))]);
    await untilAll('web is ready on two', hosts, async (at) => (await webNodes(at)) === 'n1 n4');
    await untilAnswered(host(2), 'n1 n4');
  });
  afterAll(() => bridged.close());

  test('two that lose three serve on and change, as the three do, and nothing is lost when they meet again', async () => {
    const [three, two] = [hosts.slice(0, 3), hosts.slice(3)];
    await bridged.part(two);
    await untilAll('three miss two', three, async (at) => (await members(at, 'dead')) === 'n4 n5');
    await untilAll('two miss three', two, async (at) => (await members(at, 'dead')) === 'n1 n2 n3');

    await Promise.all([untilAnswered(host(2), 'n1'), untilAnswered(host(5), 'n4')]);

    startWeb(host(3));
    startWeb(host(5));
    await untilAll(
      'the three have a change',
      three,
      async (at) => (await webNodes(at)) === 'n1 n3',
    );
    await untilAll('the two have another', two, async (at) => (await webNodes(at)) === 'n4 n5');
    await Promise.all([untilAnswered(host(2), 'n1 n3'), untilAnswered(host(5), 'n4 n5')]);

    await bridged.heal();
    await untilAll('all live', hosts, async (at) => (await members(at, 'alive')) === namesBut(at));
    await untilAll(
      'both changes are everywhere',
      hosts,
      async (at) => (await webNodes(at)) === 'n1 n3 n4 n5',
    );
    await until('all hold the same', async () => {
      const states = await Promise.all(hosts.map((at) => ask(at).status({})));
      return new Set(states.map(({ records }) => records.digest)).size === 1;
    });
  });

  test('one that takes its leave has left, and is a member again when it is back', async () => {
    const [leaving, others] = [host(5), hosts.filter((at) => at !== host(5))];
    await running.get(leaving)?.stop();
    await untilAll('it has left', others, async (at) => (await members(at, 'left')) === 'n5');
    await startNode(leaving);
    await untilAll('all live', hosts, async (at) => (await members(at, 'alive')) === namesBut(at));
  });

  test('one that falls silent is dead to all others, and alive again when it is back', async () => {
    const [silent, others] = [host(3), hosts.filter((at) => at !== host(3))];
    const startedMs = performance.now();
    await running.get(silent)?.stop('SIGKILL');
    await untilAll(
      'all others miss it',
      others,
      async (at) => (await members(at, 'dead')) === 'n3',
    );
    expect(performance.now() - startedMs).toBeLessThan(SILENCE_NOTED_MS);
    await startNode(silent);
    await untilAll('all live', hosts, async (at) => (await members(at, 'alive')) === namesBut(at));
  });
});

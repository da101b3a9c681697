import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { describeVotes } from '../src/admin/index.ts';
import {
  decodeFiles,
  draftProposal,
  encodeProposal,
  encodeTarget,
  heldTrust,
} from '../src/governance/index.ts';
import { isProcessAlive, killProcess } from '../src/platform/index.ts';
import { HelloMesh, sidecarsBelow, until, workersBelow } from './hello-mesh.ts';
import type { Running } from './mesh-on-disk.ts';

/** Sidecars with two workers each, as real processes: who carries, who is replaced, and who is left at the end. */
setDefaultTimeout(120_000);

const hello = new HelloMesh();
let node: Running;
let web: Running;
let client: Running;

beforeAll(async () => {
  node = await hello.found('workers.example');
  web = await hello.startWeb('--workers', '2');
  client = await hello.startClient('--workers', '2');
  await until('an answer', async () => (await hello.call()) === 'hello');
});
afterAll(() => hello.disk.close());

const answers = async (count: number) =>
  expect(await Promise.all(Array.from({ length: count }, () => hello.call()))).toEqual(
    Array.from({ length: count }, () => 'hello'),
  );

const workloadOf = async (pid: number) => {
  const { workloads } = await hello.admin.status({});
  return workloads.find((workload) => workload.pid === pid);
};

/** The sum over all label sets of one workload. */
async function metric(name: string, labels = ''): Promise<number> {
  const lines = (await hello.metrics(node)).split('\n');
  const mine = lines.filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
  return mine.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Of the node itself. */
async function total(name: string): Promise<number> {
  const line = (await hello.metrics(node)).split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1));
}

test('the status says how many workers carry, and what all of them enforce', async () => {
  expect(workersBelow(client.pid)).toHaveLength(2);
  expect(workersBelow(web.pid)).toHaveLength(2);
  const { trust } = await hello.admin.status({});
  await until('both are counted', async () => {
    const { enforces, workers } = (await workloadOf(client.pid)) ?? {};
    return enforces === trust.version && workers?.serving === 2 && workers.wanted === 2;
  });
  const text = await hello.disk.must('status', ...hello.data);
  expect(text).toContain('2 of 2 workers');
});

test('a node says of a proposal which calls of late it would deny, and how often they come', async () => {
  const { admin } = hello;
  const remembered = () => total('selvage_remembered_calls_total');
  await answers(40);
  // What a connection between sidecars passed over goes with its first call of another second.
  await until('what the workers of web remember', async () => {
    await answers(1);
    return (await remembered()) >= 30;
  });
  const held = decodeFiles(Buffer.from((await admin.trustDraft({})).files, 'base64'));
  if (!held.ok) throw new Error(held.error);
  const text = 'permit (principal == Service::"default/other", action, resource);';
  const { trustDomain } = heldTrust(held.value);
  const put = [encodeTarget({ kind: 'Policy', policy: { name: 'hello', text } }, trustDomain)];
  const draft = { held: held.value, put, remove: [], reason: 'lock web up', now: Date.now() };
  const proposal = draftProposal(draft);
  if (proposal === undefined) throw new Error('nothing would change');
  const encoded = Buffer.from(encodeProposal(proposal)).toString('base64');
  await admin.propose({ proposal: encoded, approvals: [] });
  let { votes } = await admin.proposal({ id: proposal.id });
  await until('the vote', async () => {
    ({ votes } = await admin.proposal({ id: proposal.id }));
    return votes.nodes.length === 1;
  });
  expect(votes.newlyDenied.calls).toMatchObject([
    { caller: 'default/client', service: 'default/web', action: 'http:GET', reason: 'policy' },
  ]);
  const [{ windowMs } = { windowMs: 0 }] = votes.nodes;
  const calls = ((votes.newlyDenied.calls[0]?.perMinute ?? 0) * windowMs) / 60_000;
  expect(calls).toBeGreaterThan(29);
  expect(calls).toBeLessThan((await remembered()) + 1);
  const [line] = describeVotes(votes);
  expect(line).toContain('default/client → default/web (http:GET) that are allowed now');
});

test('the key of a workload stands in no argument and no environment', () => {
  for (const pid of [client.pid, ...workersBelow(client.pid)]) {
    for (const file of ['cmdline', 'environ']) {
      expect(readFileSync(`/proc/${pid}/${file}`, 'latin1')).not.toContain('PRIVATE KEY');
    }
  }
});

test('what the workers count is added up, and is not lost with one of them', async () => {
  const requests = () => metric('selvage_requests_total', 'direction="outbound"');
  const before = await requests();
  await answers(40);
  expect(await requests()).toBe(before + 40);
  const ends = () => metric('selvage_worker_ends_total');
  for (const [killed, pid] of workersBelow(client.pid).entries()) {
    killProcess(pid);
    // Until the end is counted the node takes the one that ended for one that serves.
    await until('the end is counted', async () => (await ends()) === killed + 1);
    await until('the next one', async () => {
      const { workers } = (await workloadOf(client.pid)) ?? {};
      return workers?.serving === 2;
    });
  }
  expect(await requests()).toBeGreaterThanOrEqual(before + 40);
  await answers(20);
});

test('what the workers hold is listed for each workload, and goes back when its traffic ends', async () => {
  await answers(20);
  const isQuiet = async () => {
    const { items } = await hello.admin.workloads({});
    const held = items.map((each) => each.held);
    return (
      items.length === 2 &&
      held.every((each) => each?.exchanges === 0 && each.servers === each.pooled) &&
      held.some((each) => (each?.servers ?? 0) > 0)
    );
  };
  await until('only pooled connections are held', isQuiet);
});

test('a policy is said to be enforced when all workers decide by it, and then all do', async () => {
  await hello.permit('@id("none")\nforbid (principal, action, resource);\n');
  const { trust } = await hello.admin.status({});
  await until(
    'it is in force',
    async () => (await workloadOf(client.pid))?.enforces === trust.version,
  );
  const denied = await Promise.all(Array.from({ length: 20 }, () => hello.call()));
  expect(new Set(denied)).toEqual(new Set([expect.stringContaining('no policy lets')]));
  await hello.permit('@id("all")\npermit (principal, action, resource);\n');
  await until('an answer', async () => (await hello.call()) === 'hello');
});

test('a worker that ends while the node is away is replaced with what the sidecar has', async () => {
  await node.stop('SIGKILL');
  const [worker = 0] = workersBelow(client.pid);
  killProcess(worker);
  await until('the next one', () => {
    const workers = workersBelow(client.pid);
    return workers.length === 2 && !workers.includes(worker);
  });
  await until('two answer', async () => {
    await answers(20);
    return client.written().includes(`"worker":${worker}`);
  });
  node = await hello.disk.startNode('n1', hello.disk.host(1));
});

test('a worker that ends again and again is started more and more slowly, and the others go on', async () => {
  const startedAt = Date.now();
  for (let ends = 0; ends < 3; ends++) {
    await until('two workers', () => workersBelow(web.pid).length === 2);
    const [, younger = 0] = workersBelow(web.pid);
    killProcess(younger);
    await until(
      'the next one',
      () => !workersBelow(web.pid).includes(younger) && workersBelow(web.pid).length === 2,
    );
  }
  expect(Date.now() - startedAt).toBeGreaterThan(100 + 200 + 400);
  await until('an answer', async () => (await hello.call()) === 'hello');
});

test('a sidecar that is killed leaves no worker behind, and the next one serves', async () => {
  const [sidecar = 0] = sidecarsBelow(web.pid);
  const workers = workersBelow(web.pid);
  killProcess(sidecar);
  await until('they are gone', () => !workers.some(isProcessAlive));
  await until('an answer', async () => (await hello.call()) === 'hello');
  expect(workersBelow(web.pid)).toHaveLength(2);
});

test('the end of a sidecar is the end of its workers', async () => {
  const [webWorkers, clientWorkers] = [workersBelow(web.pid), workersBelow(client.pid)];
  expect(await client.stop()).toBe(0);
  expect(await web.stop()).toBe(143); // its application's
  await until('all are gone', () => ![...webWorkers, ...clientWorkers].some(isProcessAlive));
});

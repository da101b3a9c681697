import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import type { RolloutView } from '../src/admin/index.ts';
import { HelloMesh, until } from './hello-mesh.ts';
import type { Running } from './mesh-on-disk.ts';

/** A change on its way to two real nodes and a real sidecar, one of the nodes stopped on the way. */
setDefaultTimeout(120_000);

const FORBID = '@id("none")\nforbid (principal, action, resource);\n';
const hello = new HelloMesh();
let n2: Running;

beforeAll(async () => {
  // So that a node that is stopped for a moment is not dead, however slow the machine is.
  const patient = ['--membership-profile', 'wan'];
  await hello.found('rollout.example', ...patient);
  const token = (await hello.disk.must('token', 'create', ...hello.data)).trim();
  await hello.disk.must('join', token, '--data', hello.disk.path('n2'), '--name', 'n2');
  n2 = await hello.disk.startNode('n2', hello.disk.host(2), ...patient);
  await hello.startClient();
  await until('both nodes', async () => (await rollout()).living === 2);
});
afterAll(async () => {
  process.kill(n2.pid, 'SIGCONT');
  await hello.disk.close();
});

const rollout = (): Promise<RolloutView> => hello.ask('rollout');
const wait = (timeout: string) =>
  hello.disk.run('rollout', '--wait', '--timeout', timeout, ...hello.data);

test('a rollout is over when the stopped node goes on, and names it until then', async () => {
  expect(await wait('20s')).toMatchObject({ code: 0 });
  const { nodes } = await rollout();
  expect(nodes.map(({ name }) => name)).toEqual(['n1', 'n2']);

  process.kill(n2.pid, 'SIGSTOP');
  await hello.permit(FORBID);
  const { code, out, errors } = await wait('2s');
  expect(code).toBe(4);
  expect(out).toContain('enforced by 1 of 2 nodes that live\n  not by n2 (');
  expect(errors).toMatch(/is not enforced by 1 of 2 nodes after 2s: n2 \((alive|suspect)\): /);

  process.kill(n2.pid, 'SIGCONT');
  expect(await wait('20s')).toMatchObject({ code: 0 });
  const { complete, publishedBy, tookMs, version } = await rollout();
  expect({ complete, publishedBy, version }).toMatchObject({ complete: true, publishedBy: 'n1' });
  expect(tookMs?.last).toBeGreaterThan(1_000); // it was stopped for longer
});

test('what was in force is told, compared with what is, and put in force again as a new version', async () => {
  const { items } = await hello.ask('history');
  expect(items[0]).toMatchObject({ publishedBy: 'n1', lines: ['~ policy hello'], missed: [] });
  const [{ version }] = items[1].parts;
  expect(await hello.ask('diff', version)).toMatchObject({ lines: ['~ policy hello'] });
  const signed = ['--key', hello.disk.path('governor.key'), '--yes', ...hello.data];
  expect(await hello.disk.must('rollback', version, ...signed)).toStartWith('~ policy hello\n');
  expect(await hello.ask('diff', version)).toMatchObject({ lines: [] });
  const again = (await hello.ask('history')).items[0].parts[0].version;
  expect(Number(again)).toBe(Number(version) + 2);
  const { code, errors } = await hello.disk.run('rollback', '99', ...signed);
  expect([code, errors]).toEqual([4, expect.stringContaining('version 99 is not kept here')]);
});

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { until } from './hello-mesh.ts';
import { MeshOnDisk, type Running } from './mesh-on-disk.ts';

/** What becomes of honest nodes when an authority, a stolen or a lost one, is taken out of force. */
setDefaultTimeout(120_000);

const mesh = new MeshOnDisk();
const data = (name: string) => ['--data', mesh.path(name)];
const signed = ['--key', mesh.path('governor.key'), ...data('n1'), '--yes'];
const running = new Map<string, Running>();

/** Short, so that a node asks for its spare within seconds. */
const SETTINGS = `apiVersion: selvage.dev/v1alpha1
kind: MeshSettings
spec:
  credentialLife: 60s
`;

async function start(name: string, host: number): Promise<void> {
  running.set(name, await mesh.startNode(name, mesh.host(host)));
}

async function joinBy(authority: string, name: string, host: number): Promise<void> {
  const token = (await mesh.must('token', 'create', ...data(authority))).trim();
  await mesh.must('join', token, ...data(name));
  await start(name, host);
}

beforeAll(async () => {
  const key = ['--governor-key', mesh.path('governor.key'), '--no-passphrase'];
  await mesh.must('init', '--trust-domain', 'theft.example', ...data('n1'), ...key);
  await start('n1', 1);
  writeFileSync(mesh.path('settings.yaml'), SETTINGS);
  await mesh.must('apply', '-f', mesh.path('settings.yaml'), ...signed);
  await joinBy('n1', 'n2', 2);
  await until('n1 knows n2', async () => (await nodesAtN1()).length === 2);
  await mesh.must('authority', 'add', 'n2', ...signed);
  await until('n2 signs', async () => (await statusOf('n2')).authority === 'yes');
  await joinBy('n2', 'n3', 3);
});
afterAll(() => mesh.close());

const statusOf = (name: string) => mesh.admin(name).status({});
const nodesAtN1 = async () => (await mesh.admin('n1').nodes({})).items;

/** Which version a node enforces, as n1 knows it from that node's record. */
const enforcedBy = async (name: string): Promise<number> =>
  (await nodesAtN1()).find((node) => node.name === name)?.enforces?.version ?? 0;

const statesAtN1 = async (): Promise<readonly string[]> => {
  const list = await mesh.must('authority', 'list', ...data('n1'), '-o', 'json');
  const { items }: { items: readonly CertificateRow[] } = JSON.parse(list);
  return items.map(({ node, state }) => `${node} ${state}`);
};

interface CertificateRow {
  readonly node: string;
  readonly state: string;
}

test('an honest node whose credential a stolen authority signed stays a member, without a new token', async () => {
  await until('n3 has a spare', () => running.get('n3')?.written().includes('spareUntil') === true);
  await mesh.must('authority', 'remove', 'n2', '--stolen', ...signed);
  const { trust } = await statusOf('n1');
  await until('n3 follows and is heard', async () => (await enforcedBy('n3')) === trust.version);
  await until('n3 is well', async () => (await statusOf('n3')).warnings.join() === '');
  await running.get('n3')?.stop();
  await start('n3', 3);
  await mesh.must('apply', '-f', new URL('../examples/hello', import.meta.url).pathname, ...signed);
  const later = (await statusOf('n1')).trust.version;
  expect(later).toBeGreaterThan(trust.version);
  await until('n3 follows on', async () => (await enforcedBy('n3')) === later);
});

test('an authority that is taken out as lost retires, and is a member without its power', async () => {
  await mesh.must('authority', 'add', 'n2', ...signed);
  await until('n2 signs', async () => (await statusOf('n2')).authority === 'yes');
  await mesh.must('authority', 'remove', 'n2', ...signed);
  const { trust } = await statusOf('n1');
  expect(await statesAtN1()).toEqual(['n1 signs', 'n2 retiring']);
  await until('n2 follows', async () => (await enforcedBy('n2')) === trust.version);
  await until('n2 retires', async () => (await statusOf('n2')).authority === 'candidate');
  const token = await mesh.run('token', 'create', ...data('n2'));
  expect(token.code).not.toBe(0);
  await until('n2 is well', async () => (await statusOf('n2')).warnings.join() === '');
  await mesh.must('authority', 'add', 'n2', ...signed);
  expect(await statesAtN1()).toEqual(['n1 signs', 'n2 signs']);
});

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { until } from './hello-mesh.ts';
import { MeshOnDisk, type Running } from './mesh-on-disk.ts';

/** What becomes of honest nodes when an authority, a stolen or a lost one, is taken out of force. */
setDefaultTimeout(60_000);

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
  running.set(name, await mesh.startNode(name, `127.0.0.${host}`));
}

async function joinBy(authority: string, name: string, host: number): Promise<void> {
  const token = (await mesh.must('token', 'create', ...data(authority))).trim();
  await mesh.must('join', token, ...data(name));
  await start(name, host);
}

beforeAll(async () => {
  const key = ['--governor-key', mesh.path('governor.key'), '--no-passphrase'];
  await mesh.must('init', '--trust-domain', 'theft.example', ...data('n1'), ...key);
  await start('n1', 36);
  writeFileSync(mesh.path('settings.yaml'), SETTINGS);
  await mesh.must('apply', '-f', mesh.path('settings.yaml'), ...signed);
  await joinBy('n1', 'n2', 37);
  await until('n1 knows n2', async () => (await nodesAt('n1')).length === 2);
  await mesh.must('authority', 'add', 'n2', ...signed);
  await until('n2 signs', async () => (await statusOf('n2')).authority === 'yes');
  await joinBy('n2', 'n3', 38);
});
afterAll(() => mesh.close());

const ask = async (name: string, ...command: string[]) =>
  JSON.parse(await mesh.must(...command, ...data(name), '-o', 'json'));
const statusOf = (name: string) => ask(name, 'status');
const nodesAt = async (name: string): Promise<readonly NodeRow[]> =>
  (await ask(name, 'get', 'nodes')).items;

interface NodeRow {
  readonly name: string;
  readonly enforces: { readonly version: number };
}

/** Which version n3 enforces, as n1 knows it from n3's record. */
const enforcedBy = async (name: string): Promise<number> =>
  (await nodesAt('n1')).find((node) => node.name === name)?.enforces.version ?? 0;

const statesAtN1 = async (): Promise<readonly string[]> => {
  const { items }: { items: readonly CertificateRow[] } = await ask('n1', 'authority', 'list');
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
  await start('n3', 38);
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
  expect((await statusOf('n2')).authority).toBe('candidate');
  const token = await mesh.run('token', 'create', ...data('n2'));
  expect(token.code).not.toBe(0);
  await until('n2 is well', async () => (await statusOf('n2')).warnings.join() === '');
  await mesh.must('authority', 'add', 'n2', ...signed);
  expect(await statesAtN1()).toEqual(['n1 signs', 'n2 signs']);
});

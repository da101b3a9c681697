import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { cpSync } from 'node:fs';
import { until } from './hello-mesh.ts';
import { MeshOnDisk, PORTS, type Running } from './mesh-on-disk.ts';

/** Two hosts that claim one name: by copies of one key, or by two keys of which one is newer. */
setDefaultTimeout(120_000);

const REFUSED = 3;
const mesh = new MeshOnDisk();
const host = (number: number) => mesh.host(number);
const data = (name: string) => ['--data', mesh.path(name)];
const flags = ['--membership-profile', 'local', '--dns', 'off', '--peers-port', '7600'];
let n2: Running;

beforeAll(async () => {
  const key = ['--governor-key', mesh.path('governor.key'), '--no-passphrase'];
  await mesh.must('init', '--trust-domain', 'twins.example', ...data('n1'), ...key);
  await mesh.startNode('n1', host(1), ...flags);
  const token = (await mesh.must('token', 'create', ...data('n1'))).trim();
  await mesh.must('join', token, ...data('n2'));
  n2 = await mesh.startNode('n2', host(2), ...flags);
});
afterAll(() => mesh.close());

/** Waits until n1 holds this node alive at this address. */
const joined = (node: string, address: string): Promise<void> =>
  until(`n1 sees ${node} at ${address}`, async () => {
    const { items } = await mesh.admin('n1').nodes({});
    const found = items.find(({ name }) => name === node);
    return found?.state === 'alive' && found.addresses[0]?.includes(address) === true;
  });

/** Waits until `node` says that the one other member is in this state. */
const sees = (node: string, state: string): Promise<void> =>
  until(`${node} sees the other ${state}`, async () => {
    const { items } = await mesh.admin(node).members({});
    return items.length === 1 && items[0]?.state === state;
  });

/** A second host's copy, made while the first is down. */
function copyOf(name: string): string {
  const copy = `copy-of-${name}`;
  const filter = (path: string) => !path.endsWith('.sock');
  cpSync(mesh.path(name), mesh.path(copy), { recursive: true, filter });
  return copy;
}

async function endsRefused(copy: string, address: string): Promise<void> {
  const node = mesh.start('node', ...data(copy), '--listen', address, ...PORTS, ...flags);
  await node.says('A data directory is one node’s');
  expect(node.written()).toContain('has run with the key of n2 for');
  expect(await node.stop()).toBe(REFUSED);
}

test('a copy of a data directory does not start while the first host runs, and says what to do', async () => {
  await sees('n1', 'alive');
  expect(await n2.stop()).toBe(0);
  await sees('n1', 'left');
  const copy = copyOf('n2');
  n2 = await mesh.startNode('n2', host(2), ...flags);
  await sees('n1', 'alive');
  await endsRefused(copy, host(3));
  await sees('n1', 'alive');
  await sees('n2', 'alive');
});

test('a copy that does not know where the first host is now ends when it has heard', async () => {
  expect(await n2.stop()).toBe(0);
  const copy = copyOf('n2');
  n2 = await mesh.startNode('n2', host(4), ...flags);
  await joined('n2', host(4));
  await endsRefused(copy, host(3));
  await sees('n1', 'alive');
  await sees('n2', 'alive');
});

test('a node whose name a newer key has taken over ends, and does not start again', async () => {
  const named = ['--name', 'n2', ...data('n1')];
  const token = (await mesh.must('token', 'create', ...named)).trim();
  await mesh.must('join', token, ...data('successor'));
  await mesh.startNode('successor', host(5), ...flags);
  await n2.says('Stop this node: it was replaced');
  expect(await n2.stop()).toBe(REFUSED);
  await sees('n1', 'alive');
  await sees('successor', 'alive');
  const again = mesh.start('node', ...data('n2'), '--listen', host(4), ...PORTS, ...flags);
  await again.says('Stop this node: it was replaced');
  expect(await again.stop()).toBe(REFUSED);
});

test('a node that was down when its name was taken over is told by the first member that it meets', async () => {
  const named = ['--name', 'n3', ...data('n1')];
  const join = async (directory: string) => {
    const token = (await mesh.must('token', 'create', ...named)).trim();
    await mesh.must('join', token, ...data(directory));
  };
  await join('early');
  const early = await mesh.startNode('early', host(6), ...flags);
  await joined('n3', host(6));
  await early.stop();
  await join('late');
  await mesh.startNode('late', host(7), ...flags);
  await joined('n3', host(7));
  const again = mesh.start('node', ...data('early'), '--listen', host(6), ...PORTS, ...flags);
  await again.says('Stop this node: it was replaced');
  expect(await again.stop()).toBe(REFUSED);
});

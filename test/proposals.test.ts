import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { AdminService } from '../src/admin/index.ts';
import {
  createGovernorKey,
  type DraftParams,
  decodeFiles,
  draftProposal,
  encodeProposal,
  encodeVerdict,
  governorFromPem,
  heldTrust,
  type Proposal,
  signerOf,
  signProposal,
  type TrustFiles,
  type TrustSigner,
} from '../src/governance/index.ts';
import { MeshOnDisk, type Running } from './mesh-on-disk.ts';

/** Two of three governors, each at another node, over real processes. */
setDefaultTimeout(120_000); // three nodes start one after the other, on a busy host in many seconds each

const DEADLINE_MS = 30_000;
const NODES = ['n1', 'n2', 'n3'] as const;
type Name = (typeof NODES)[number];

const mesh = new MeshOnDisk();
const HOSTS = { n1: mesh.host(1), n2: mesh.host(2), n3: mesh.host(3) } as const;
const data = (name: Name) => ['--data', mesh.path(name)];
const [bob, carol, dave] = [createGovernorKey(), createGovernorKey(), createGovernorKey()].map(
  signerOf,
) as [TrustSigner, TrustSigner, TrustSigner]; // of a list of three
const running = new Map<Name, Running>();

const client = (name: Name): AdminService => mesh.admin(name);

async function held(): Promise<TrustFiles> {
  const { files } = await client('n1').trustDraft({});
  const read = decodeFiles(Buffer.from(files, 'base64'));
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

async function draft(change: Partial<DraftParams>): Promise<Proposal> {
  const empty = { put: [], remove: [], reason: '', now: Date.now() };
  const proposal = draftProposal({ ...empty, ...change, held: await held() });
  if (proposal === undefined) throw new Error('nothing would change');
  return proposal;
}

const policy = (name: string) => ({
  path: `policies/${name}.cedar`,
  bytes: Buffer.from('permit(principal, action, resource);'),
});
const bodyOf = (proposal: Proposal) => Buffer.from(encodeProposal(proposal)).toString('base64');
const signed = async (proposal: Proposal, signer: TrustSigner) =>
  encodeVerdict(signProposal(await held(), proposal, signer));

/** Waits until what a node is asked for is so. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await Bun.sleep(20);
  }
}

const hasBody = async (name: Name, { id }: Proposal): Promise<boolean> =>
  (await client(name).proposals({})).items.some((one) => one.id === id && one.parts.length > 0);
const versionsOf = async () =>
  await Promise.all(NODES.map(async (name) => (await client(name).status({})).trust.version));

async function start(name: Name): Promise<void> {
  running.set(name, await mesh.startNode(name, HOSTS[name]));
}

beforeAll(async () => {
  const key = mesh.path('governor.key');
  const governor = ['--governor-key', key, '--no-passphrase'];
  await mesh.must('init', '--trust-domain', 'quorum.example', ...data('n1'), ...governor);
  await start('n1');
  for (const name of ['n2', 'n3'] as const) {
    const token = (await mesh.must('token', 'create', ...data('n1'))).trim();
    await mesh.must('join', token, ...data(name));
    await start(name);
  }
  await until('all have met', async () => (await client('n1').nodes({})).items.length === 3);
  const keys = [bob, carol, dave].map(({ publicKey }, n) => ({ name: `governor-${n}`, publicKey }));
  const proposal = await draft({ governors: { keys, threshold: 2 } });
  const founder = governorFromPem(readFileSync(key, 'utf8'));
  const approvals = [founder, bob, carol].map((signer) => signed(proposal, signer));
  const request = { proposal: bodyOf(proposal), approvals: await Promise.all(approvals) };
  expect((await client('n1').propose(request)).state).toBe('published');
  await until('all enforce it', async () => (await versionsOf()).every((v) => v === 2));
});
afterAll(() => mesh.close());

test('one signature is not enough, and the second, given at another node, puts it in force on all', async () => {
  const proposal = await draft({ put: [policy('all')], reason: 'open up' });
  await client('n2').propose({ proposal: bodyOf(proposal), approvals: [] });
  await until('n3 has it', () => hasBody('n3', proposal));
  const first = await client('n3').approve({ approval: await signed(proposal, bob) });
  expect(first.state).toBe('open');
  expect(first.parts[0]?.missing.map(({ name }) => name)).toEqual(['governor-1', 'governor-2']);
  expect(await versionsOf()).toEqual([2, 2, 2]);
  await until('n2 has heard of bob', async () => {
    const { parts } = await client('n2').proposal({ id: proposal.id.slice(0, 10) });
    return parts[0]?.signed.length === 1;
  });
  const second = await client('n2').approve({ approval: await signed(proposal, dave) });
  expect(second).toMatchObject({ state: 'published', published: { by: 'n1', versions: ['3'] } });
  await until('all enforce it', async () => (await versionsOf()).every((v) => v === 3));
  expect(heldTrust(await held()).policies.map(({ name }) => name)).toEqual(['all']);
});

test('a node that is killed comes back with the proposals that it knew', async () => {
  const proposal = await draft({ put: [policy('more')] });
  await client('n2').propose({ proposal: bodyOf(proposal), approvals: [] });
  await until('n3 has it', () => hasBody('n3', proposal));
  for (const name of NODES) await running.get(name)?.stop('SIGKILL');
  await start('n3');
  expect(await client('n3').proposal({ id: proposal.id })).toMatchObject({
    state: 'open',
    diff: ['+ policy more'],
  });
});

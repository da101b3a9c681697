import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { codeOfLate } from '../core/testing/index.ts';
import type { Proposal } from '../governance/index.ts';
import { said } from '../replication/testing/members.ts';
import { APPROVAL_KIND, PROPOSAL_KIND } from './proposal-records.ts';
import { ProposalMesh } from './testing/index.ts';

const HOUR_MS = 3_600_000;

setDefaultTimeout(60_000); // on a busy host an hour of the fake clock takes seconds

let mesh: ProposalMesh;
beforeEach(async () => {
  mesh = await ProposalMesh.start();
});
afterEach(() => mesh.stop());

const versions = () => mesh.nodes.map(({ trust }) => trust.current().version);
const states = (proposal: Proposal) => mesh.nodes.map((node) => node.stateOf(proposal));
const everywhere = (proposal: Proposal) =>
  mesh.until('all nodes have it', () => mesh.nodes.every((node) => node.has(proposal)));
const inForce = (version: number) =>
  mesh.until(`all enforce ${version}`, () => versions().every((held) => held === version));
const missing = (progress: { parts: readonly { missing: readonly { name: string }[] }[] }) =>
  progress.parts.map((part) => part.missing.map(({ name }) => name));

test('a proposal spreads to all nodes, and is published by the second of two signatures, given elsewhere', async () => {
  const [n1, n2, n3] = [mesh.node('n1'), mesh.node('n2'), mesh.node('n3')];
  const proposal = mesh.draft('a', 'let in frontend');
  expect(await n2.propose(proposal)).toMatchObject({ id: proposal.id, state: 'open' });
  await everywhere(proposal);
  const shown = n3.plane.desk.show(proposal.id.slice(0, 8));
  expect(shown).toMatchObject({ diff: ['+ policy a'], reason: 'let in frontend', nodes: ['n2'] });
  const first = await n3.approve(proposal, mesh.carol);
  expect([first.state, missing(first)]).toEqual(['open', [['bob', 'dave']]]);
  expect(versions()).toEqual([2, 2, 2]);
  await mesh.until('n1 knows of carol', () => n1.signersOf(proposal).includes('carol'));
  const second = await n1.approve(proposal, mesh.dave);
  expect(second).toMatchObject({
    state: 'published',
    published: { by: 'n1', versions: ['3'], nodes: ['n1', 'n2', 'n3'] },
  });
  await inForce(3);
  expect(states(proposal)).toEqual(['published', 'published', 'published']);
  expect(n2.told).toContain('proposals');
  expect(n2.plane.reasonOf([{ role: 'targets', version: 3 }])).toBe('let in frontend');
  expect(n2.plane.reasonOf([{ role: 'targets', version: 2 }])).toBeUndefined();
});

test('any node publishes what its signature completes, by way of an authority', async () => {
  const n3 = mesh.node('n3');
  const proposal = mesh.draft('a');
  await mesh.node('n2').propose(proposal, mesh.bob);
  await everywhere(proposal);
  await mesh.until('n3 knows of bob', () => n3.signersOf(proposal).includes('bob'));
  const done = await n3.approve(proposal, mesh.carol);
  expect(done).toMatchObject({ state: 'published', published: { by: 'n1' } });
  expect(n3.trust.current().version).toBe(3);
});

test('two nodes that complete a proposal at once both say that it is published', async () => {
  const [n1, n3] = [mesh.node('n1'), mesh.node('n3')];
  const proposal = mesh.draft('a');
  await mesh.node('n2').propose(proposal, mesh.bob);
  await everywhere(proposal);
  const know = () => [n1, n3].every((node) => node.signersOf(proposal).includes('bob'));
  await mesh.until('both know of bob', know);
  const both = await Promise.all([
    n3.approve(proposal, mesh.carol),
    n1.approve(proposal, mesh.dave),
  ]);
  expect(both.map(({ state }) => state)).toEqual(['published', 'published']);
  await inForce(3);
});

test('what comes with all its signatures is published at once, and nobody is bothered with it', async () => {
  const node = mesh.node('n1');
  const done = await node.propose(mesh.draft('a'), mesh.bob, mesh.dave);
  expect(done).toMatchObject({ state: 'published', published: { by: 'n1', versions: ['3'] } });
  expect(said(node.member.records, PROPOSAL_KIND)).toEqual({});
  await inForce(3);
});

test('a proposal outlives the node that made it, with the signatures that it had', async () => {
  const [n1, n2, n3] = [mesh.node('n1'), mesh.node('n2'), mesh.node('n3')];
  const proposal = mesh.draft('a');
  await n2.propose(proposal, mesh.bob);
  await everywhere(proposal);
  await mesh.until('n3 knows of bob', () => n3.signersOf(proposal).includes('bob'));
  n2.stop();
  n3.restart();
  await mesh.connect(n3);
  expect(n3.has(proposal)).toBe(true);
  await mesh.until('n3 may speak', () => true);
  const done = await n3.approve(proposal, mesh.dave);
  expect(done.state).toBe('published');
  await mesh.until('n1 has it', () => n1.trust.current().version === 3);
});

test('whoever acts on a proposal carries from then on all that is known of it', async () => {
  const [n2, n3] = [mesh.node('n2'), mesh.node('n3')];
  const proposal = mesh.draft('a');
  await n2.propose(proposal, mesh.bob);
  await everywhere(proposal);
  await mesh.until('n3 knows of bob', () => n3.signersOf(proposal).includes('bob'));
  await n3.reject(proposal, mesh.carol);
  const own = Object.keys(said(n3.member.records, APPROVAL_KIND)).filter((key) =>
    key.startsWith('n3/'),
  );
  expect(own).toEqual(
    [mesh.bob, mesh.carol]
      .map(({ publicKey }) => `n3/${proposal.id}/${publicKey.slice(0, 16)}`)
      .toSorted(),
  );
  expect(Object.keys(said(n3.member.records, PROPOSAL_KIND))).toContain(`n3/${proposal.id}`);
});

test('what is complete while no authority is reachable comes into force by itself when one is back', async () => {
  const [n2, n3] = [mesh.node('n2'), mesh.node('n3')];
  const proposal = mesh.draft('a');
  await n2.propose(proposal, mesh.bob);
  await everywhere(proposal);
  mesh.network.cut((from, to) => [from, to].includes('peer-n1'));
  await mesh.until('n3 knows of bob', () => n3.signersOf(proposal).includes('bob'));
  const done = await n3.approve(proposal, mesh.dave);
  expect(done).toMatchObject({
    state: 'ready',
    waiting: expect.stringContaining(': start n1, or let'),
  });
  expect(n3.plane.desk.show(proposal.id).waiting).toContain('n1');
  mesh.network.cut(() => false);
  await mesh.connect(mesh.node('n1'));
  await inForce(3);
});

test('of two proposals for one list the second is overtaken everywhere when the first is published', async () => {
  const [n2, n3] = [mesh.node('n2'), mesh.node('n3')];
  const [a, b] = [mesh.draft('a'), mesh.draft('b')];
  await n2.propose(a, mesh.bob);
  await n3.propose(b, mesh.bob);
  await everywhere(a);
  await everywhere(b);
  await mesh.node('n1').approve(a, mesh.carol);
  await inForce(3);
  await mesh.until('b is overtaken', () => states(b).every((state) => state === 'overtaken'));
  expect(await codeOfLate(n2.approve(b, mesh.carol))).toBe('PROPOSAL_OVERTAKEN');
  expect(await codeOfLate(n2.approve(a, mesh.dave))).toBe('PROPOSAL_CLOSED');
  expect(await codeOfLate(n2.propose(b))).toBe('CHANGE_OVERTAKEN');
});

test('what so many reject that the others are too few is over, and a rejection stands', async () => {
  const [n2, n3] = [mesh.node('n2'), mesh.node('n3')];
  const proposal = mesh.draft('a');
  await n2.propose(proposal, mesh.bob);
  await everywhere(proposal);
  const first = await n3.reject(proposal, mesh.carol);
  expect(first).toMatchObject({
    state: 'open',
    rejections: [{ name: 'carol', reason: 'not now' }],
  });
  expect(missing(first)).toEqual([['dave']]);
  expect(await codeOfLate(n3.approve(proposal, mesh.carol))).toBe('PROPOSAL_CLOSED');
  expect(await n3.reject(proposal, mesh.dave)).toMatchObject({ state: 'rejected' });
  await mesh.until('all know', () => states(proposal).every((state) => state === 'rejected'));
  expect(versions()).toEqual([2, 2, 2]);
});

test('an hour after a proposal is over its records are gone, and so is its body', async () => {
  const proposal = mesh.draft('a');
  await mesh.node('n2').propose(proposal, mesh.bob);
  await everywhere(proposal);
  await mesh.node('n1').approve(proposal, mesh.dave);
  await inForce(3);
  mesh.clock.advance(HOUR_MS);
  const bodies = () =>
    mesh.nodes.flatMap(({ member }) => [...member.disk.space('proposals').entries()]);
  await mesh.until('it is gone', () => bodies().length === 0);
  expect(states(proposal)).toEqual([undefined, undefined, undefined]);
  for (const { member } of mesh.nodes) {
    expect(said(member.records, PROPOSAL_KIND)).toEqual({});
    expect(said(member.records, APPROVAL_KIND)).toEqual({});
  }
});

test('a node that starts again knows its proposals before it has met anybody', async () => {
  const n3 = mesh.node('n3');
  const proposal = mesh.draft('a');
  await mesh.node('n2').propose(proposal, mesh.bob);
  await everywhere(proposal);
  n3.restart();
  expect(n3.plane.desk.show(proposal.id)).toMatchObject({ state: 'open', diff: ['+ policy a'] });
});

test('a node that starts again versions later calls what was in force published, and its rivals overtaken', async () => {
  const [n1, n3] = [mesh.node('n1'), mesh.node('n3')];
  const [a, b] = [mesh.draft('a'), mesh.draft('b')];
  await mesh.node('n2').propose(a, mesh.bob);
  await mesh.node('n2').propose(b, mesh.dave);
  await everywhere(a);
  await everywhere(b);
  await mesh.until('n1 knows of bob', () => n1.signersOf(a).includes('bob'));
  await n1.approve(a, mesh.carol);
  await inForce(3);
  await n1.propose(mesh.draft('c', '', mesh.clock.now(), n1.trust.files()), mesh.bob, mesh.carol);
  await inForce(4);
  n3.restart();
  expect([n3.stateOf(a), n3.stateOf(b)]).toEqual(['published', 'overtaken']);
  expect(n3.signersOf(a)).toEqual(['bob', 'carol']);
});

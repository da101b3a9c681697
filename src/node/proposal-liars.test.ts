import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { codeOfLate } from '../core/testing/index.ts';
import {
  encodeProposal,
  type Proposal,
  proposalClaimOf,
  signProposal,
} from '../governance/index.ts';
import { sealProposal } from '../governance/proposal/body.ts';
import { PROPOSAL_CLOCK_TOLERANCE_MS, PROPOSAL_LIFE_MS } from '../governance/proposal/limits.ts';
import { person } from '../governance/testing/index.ts';
import { said } from '../replication/testing/members.ts';
import { PROPOSAL_PROTOCOL } from './proposal-bodies.ts';
import { APPROVAL_KIND, PROPOSAL_KIND } from './proposal-records.ts';
import { ProposalMesh, type ProposalNode } from './testing/index.ts';

/** Members that lie about proposals, or say too much of them: n3 here. */
setDefaultTimeout(60_000); // on a busy host an hour of the fake clock takes seconds

let mesh: ProposalMesh;
let n1: ProposalNode;
let n2: ProposalNode;
let n3: ProposalNode;
beforeEach(async () => {
  mesh = await ProposalMesh.start();
  [n1, n2, n3] = [mesh.node('n1'), mesh.node('n2'), mesh.node('n3')];
  n3.plane.stop(); // it takes back what makes no sense
});
afterEach(() => mesh.stop());

const claim = (proposal: Proposal, over = {}) => ({ v: 1, ...proposalClaimOf(proposal), ...over });
const sayBadly = (key: string, value: unknown, kind = PROPOSAL_KIND) =>
  n3.member.records.put(kind, key, value);
const refused = ({ member }: ProposalNode, reason: string) =>
  member.meter.value('selvage_proposal_refusals_total', { reason });

test('a record that says something of a body that is not so is counted, and is nobody’s trouble', async () => {
  const proposal = mesh.draft('a', 'let in frontend');
  sayBadly(proposal.id, claim(proposal, { reason: 'harmless' }));
  await mesh.until('it is heard', () => n1.plane.desk.list().length === 1);
  await n2.propose(proposal, mesh.bob);
  await mesh.until('n1 has the body', () => n1.has(proposal));
  expect(refused(n1, 'misdescribed')).toBe(1);
  expect(n1.plane.desk.list()).toMatchObject([{ reason: 'let in frontend', nodes: ['n2'] }]);
  sayBadly(proposal.id, claim(proposal, { bytes: 1 }));
  await mesh.until('the next lie is counted too', () => refused(n1, 'misdescribed') === 2);
  expect(n1.plane.desk.list()).toMatchObject([{ nodes: ['n2'] }]);
});

test('a peer that hands out other bodies is counted, and others are asked', async () => {
  const proposal = mesh.draft('a');
  const other = encodeProposal(mesh.draft('b'));
  n3.gossip.serve(PROPOSAL_PROTOCOL, async () => other);
  sayBadly(proposal.id, claim(proposal));
  await mesh.until('n1 was fooled once', () => refused(n1, 'wrong-body') > 0);
  expect(n1.has(proposal)).toBe(false);
  await n2.propose(proposal);
  await mesh.until('n1 has it from n2', () => n1.has(proposal));
});

test('an id under which there is no proposal is given up, for all who say it', async () => {
  const nonsense = sealProposal({
    ...mesh.draft('a'),
    parts: [{ role: 'targets', signed: Buffer.from('{"_type":"targets"}') }],
  });
  n3.gossip.serve(PROPOSAL_PROTOCOL, async () => encodeProposal(nonsense));
  sayBadly(nonsense.id, claim(nonsense));
  await mesh.until('n1 has looked', () => refused(n1, 'misdescribed') > 0);
  expect(n1.plane.desk.list()).toEqual([]);
});

test('a record about another than its name says, or of no sense, is quarantined', async () => {
  const proposal = mesh.draft('a');
  sayBadly('0'.repeat(64), claim(proposal));
  sayBadly(proposal.id, { ...claim(proposal), reason: 'two\nlines' });
  const approval = signProposal(mesh.held, proposal, mesh.bob.signer);
  sayBadly(`${proposal.id}/0123456789abcdef`, { kind: 'approval', ...approval }, APPROVAL_KIND);
  await mesh.until('n1 has them', () => n1.member.records.quarantined().length === 3);
  expect(n1.plane.desk.list()).toEqual([]);
});

test('a writer that floods fills its own places only, and its approvals are worth nothing', async () => {
  const strangers = Array.from({ length: 40 }, (_, n) => person(`s${n}`));
  const proposal = mesh.draft('a');
  await n2.propose(proposal, mesh.bob);
  for (let n = 0; n < 100; n++) {
    const other = sealProposal({ ...proposal, reason: `flood ${n}` });
    sayBadly(other.id, claim(other, { bytes: 1 + n }));
  }
  const genuine = signProposal(mesh.held, proposal, mesh.bob.signer);
  for (const { publicKey } of [...strangers, mesh.carol, mesh.dave]) {
    const key = `${proposal.id}/${publicKey.slice(0, 16)}`;
    sayBadly(key, { kind: 'approval', ...genuine, publicKey }, APPROVAL_KIND);
  }
  await mesh.until('n1 has heard all', () => {
    const { records } = n1.member;
    const isAll = (kind: string, count: number) => Object.keys(said(records, kind)).length >= count;
    return isAll(PROPOSAL_KIND, 101) && isAll(APPROVAL_KIND, 43);
  });
  await mesh.until('n1 has the body', () => n1.has(proposal));
  const listed = n1.plane.desk.list();
  expect(listed.filter(({ nodes }) => nodes.includes('n3'))).toHaveLength(4);
  expect(n1.signersOf(proposal)).toEqual(['bob']);
  const honest = mesh.draft('b');
  await n2.propose(honest);
  await mesh.until('n1 has it too', () => n1.has(honest));
  expect((await n1.approve(proposal, mesh.dave)).state).toBe('published');
});

test('bodies that a writer has others fetch come at a pace, however many it names', async () => {
  let served = 0;
  const heavy = { put: [], contents: [new Uint8Array(2 * 1024 * 1024)] };
  const bodies = new Map<string, Uint8Array>();
  n3.gossip.serve(PROPOSAL_PROTOCOL, async (request, { name }) => {
    if (name === 'n1') served++;
    return bodies.get(new TextDecoder().decode(request)) ?? new Uint8Array();
  });
  for (let n = 0; n < 3; n++) {
    const proposal = sealProposal({ ...mesh.draft(`p${n}`), contents: heavy.contents });
    bodies.set(proposal.id, encodeProposal(proposal));
    sayBadly(proposal.id, claim(proposal));
  }
  await mesh.until('n1 has one', () => n1.plane.open().length === 1);
  mesh.clock.advance(10_000);
  await Bun.sleep(1);
  expect(served).toBe(1);
  mesh.clock.advance(10_000);
  await mesh.until('n1 has another', () => n1.plane.open().length === 2);
  expect(served).toBe(2);
});

test('a node takes no more proposals of its own than others look at, and what is over makes room', async () => {
  const all = Array.from({ length: 5 }, (_, n) => mesh.draft(`p${n}`));
  const [first, last] = [all[0], all[4]];
  if (first === undefined || last === undefined) throw new Error('five were drafted');
  for (const proposal of all.slice(0, 4)) await n2.propose(proposal, mesh.bob);
  expect(await codeOfLate(n2.propose(last))).toBe('PROPOSALS_FULL');
  await n2.reject(first, mesh.carol);
  expect(await codeOfLate(n2.propose(last))).toBe('PROPOSALS_FULL');
  expect(await n2.reject(first, mesh.dave)).toMatchObject({ state: 'rejected' });
  expect(await n2.propose(last)).toMatchObject({ state: 'open' });
  expect(n2.stateOf(first)).toBeUndefined();
});

test('a node on which others’ proposals are approved can still propose, and carries on what was signed', async () => {
  const theirs = Array.from({ length: 4 }, (_, n) => mesh.draft(`p${n}`));
  for (const proposal of theirs) await n1.propose(proposal, mesh.bob);
  await mesh.until('n2 has them', () => theirs.every((proposal) => n2.has(proposal)));
  for (const proposal of theirs) await n2.reject(proposal, mesh.carol);
  const own = mesh.draft('own');
  expect((await n2.propose(own)).state).toBe('open');
  await mesh.until('n1 has it too', () => n1.has(own));
  await mesh.until('n1 knows of carol', () =>
    theirs.every(({ id }) => n1.plane.desk.show(id).rejections.length === 1),
  );
  expect(
    Object.keys(said(n2.member.records, PROPOSAL_KIND)).filter((key) => key.startsWith('n2/')),
  ).toHaveLength(4);
});

test('what is dated by a clock that is off is refused where it is proposed', async () => {
  const at = (createdAtMs: number) => codeOfLate(n2.propose(mesh.draft('a', '', createdAtMs)));
  const now = mesh.clock.now();
  expect(await at(now + PROPOSAL_CLOCK_TOLERANCE_MS + 1_000)).toBe('PROPOSAL_MISDATED');
  expect(await at(now - PROPOSAL_LIFE_MS)).toBe('PROPOSAL_CLOSED');
  expect(await at(now + PROPOSAL_CLOCK_TOLERANCE_MS)).toBe('none');
});

test('signatures that count for nothing are said to, and are carried by nobody', async () => {
  const [proposal, other] = [mesh.draft('a'), mesh.draft('b')];
  const { desk } = n2.plane;
  await n2.propose(proposal);
  expect(await codeOfLate(n2.approve(other, mesh.bob))).toBe('PROPOSAL_UNKNOWN');
  const genuine = signProposal(mesh.held, proposal, mesh.bob.signer);
  const text = (change: object) =>
    JSON.stringify({ selvage: 'verdict/1', kind: 'approval', ...genuine, ...change });
  const { publicKey } = person('stranger');
  expect(await codeOfLate(desk.approve(text({ publicKey })))).toBe('APPROVAL_USELESS');
  const carols = text({ publicKey: mesh.carol.publicKey });
  expect(await codeOfLate(desk.approve(carols))).toBe('SIGNATURE_WRONG');
  expect(await codeOfLate(n2.reject(proposal, person('stranger')))).toBe('APPROVAL_USELESS');
  expect(await codeOfLate(desk.approve('{}'))).toBe('PROPOSAL_MALFORMED');
  expect(await codeOfLate(desk.reject(text({})))).toBe('PROPOSAL_MALFORMED');
  expect(await codeOfLate(desk.propose('e30=', []))).toBe('PROPOSAL_MALFORMED');
  expect(said(n2.member.records, APPROVAL_KIND)).toEqual({});
  const prefix = proposal.id.startsWith('f') ? 'e' : 'f';
  expect(() => desk.show(prefix)).toThrow(`no proposal here begins with ${prefix}`);
});

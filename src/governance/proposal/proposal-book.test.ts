import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Namespace, NodeName } from '../../core/index.ts';
import { publishChange, signProposal } from '../change/index.ts';
import type { Repository, TrustFiles } from '../repository/index.ts';
import { encodeTarget } from '../resources/index.ts';
import {
  enacted,
  opened,
  type Person,
  person,
  policy,
  proposed,
  signedBy,
  signers,
  TestMesh,
} from '../testing/index.ts';
import { type Proposal, sealProposal } from './body.ts';
import type { PastLists } from './carried-signatures.ts';
import { proposalClaimOf, type SaidClaim } from './claim.ts';
import { PROPOSAL_LIFE_MS } from './limits.ts';
import { askedOf, judgeVerdict } from './progress.ts';
import { ProposalBook, type ProposalState } from './proposal-book.ts';
import { isOver } from './standing.ts';
import { signRejection, type Verdict } from './verdict.ts';

const NOTHING_KEPT: PastLists = { kept: () => undefined };

const mesh = new TestMesh();
const { online } = mesh.n1;
const founder = person('governor', mesh.governor);
const [bob, carol, dave] = [person('bob'), person('carol'), person('dave')];
const [pat, pia] = [person('pat'), person('pia')];
const stranger = person('stranger');
const held = enacted(
  mesh.founded,
  { governors: signers(2, bob, carol, dave) },
  [founder, bob, carol],
  online,
);
const put = (name: string, text?: string) => [encodeTarget(policy(name, text), mesh.trustDomain)];
const a = proposed(held, { put: put('a'), reason: 'a' });
const b = proposed(held, { put: put('b'), reason: 'b' });
const now = a.createdAtMs;

const approval = ({ signer }: Person, of: Proposal, on = held) => signProposal(on, of, signer);
const rejection = ({ signer }: Person, { id }: Proposal) => signRejection(signer, id, 'no');
const said = (writer: string, proposal: Proposal, over = {}): SaidClaim => ({
  record: `${writer}/proposal/${proposal.id}`,
  writer: writer as NodeName, // tests choose labels
  claim: { ...proposalClaimOf(proposal), ...over },
});

/** A book that has heard of these proposals, and these verdicts, each from a record of its own. */
function bookOf(
  proposals: readonly Proposal[],
  verdicts: readonly Verdict[],
  files = held,
  past: PastLists = NOTHING_KEPT,
) {
  const book = new ProposalBook(opened(files), past);
  for (const proposal of proposals) {
    book.say(said('n1', proposal));
    book.take(proposal);
  }
  for (const [n, verdict] of verdicts.entries()) book.hear(`n${n}/approval/${n}`, verdict);
  return book;
}

const stateOf = (book: ProposalBook, { id }: Proposal, at = now): ProposalState | undefined =>
  book.known(at).find((known) => known.id === id)?.state;
const published = (proposal: Proposal, people: readonly Person[]) =>
  publishChange({ held, change: signedBy(held, proposal, people), online, now });
const publish = (files: TrustFiles, name: string, people: readonly Person[] = [bob, carol]) =>
  enacted(files, { put: put(name) }, people, online);

test('one of two signatures is not enough, and it is said who may give the other', () => {
  const book = bookOf([a], [approval(carol, a)]);
  const [known] = book.known(now);
  expect(known?.state).toBe('open');
  expect(known?.body?.parts).toMatchObject([
    {
      role: 'targets',
      threshold: 2,
      signed: [{ name: 'carol' }],
      missing: [{ name: 'bob' }, { name: 'dave' }],
    },
  ]);
  book.hear('n9/approval/x', approval(dave, a));
  expect(stateOf(book, a)).toBe('ready');
  book.unhear('n9/approval/x');
  expect(stateOf(book, a)).toBe('open');
});

test('a book is empty until anything is said, and again when all is taken back and its bodies are let go of', () => {
  expect(bookOf([], []).isEmpty).toBe(true);
  expect(bookOf([], [approval(carol, a)]).isEmpty).toBe(false);
  const book = bookOf([a], []);
  expect(book.isEmpty).toBe(false);
  book.unsay(said('n1', a).record);
  expect(book.isEmpty).toBe(false);
  expect(book.release(now)).toEqual([a.id]);
  expect(book.isEmpty).toBe(true);
});

test('a key counts once, by however many nodes it is carried, and one that may not sign never', () => {
  const once = approval(carol, a);
  const forged = { ...approval(bob, a), publicKey: dave.publicKey };
  const useless = { ...once, publicKey: stranger.publicKey };
  const ofOther = { ...approval(bob, b), proposal: a.id };
  const book = bookOf([a], [once, { ...once }, forged, useless, ofOther, rejection(stranger, a)]);
  const [known] = book.known(now);
  expect(known?.state).toBe('open');
  expect(known?.body?.parts[0]?.signed.map(({ name }) => name)).toEqual(['carol']);
  expect(known?.body?.rejections).toEqual([]);
  expect(known?.body?.approvals.some(({ publicKey }) => publicKey === stranger.publicKey)).toBe(
    false,
  );
  const judged = [once, forged, useless, ofOther].map((one) =>
    judgeVerdict(askedOf(opened(held), a), a, one),
  );
  expect(judged).toEqual(['good', 'wrong', 'useless', 'wrong']);
});

test('a bad signature under a governor’s name does not hide the good one', () => {
  const good = approval(bob, a);
  const bad = { ...good, signatures: approval(bob, b).signatures };
  const book = bookOf([a], [bad, approval(carol, a), good, bad]);
  expect(stateOf(book, a)).toBe('ready');
});

test('a rejection stands, and ends the proposal when the others are too few', () => {
  const both = [approval(bob, a), approval(carol, a)];
  expect(stateOf(bookOf([a], both), a)).toBe('ready');
  const withdrawn = bookOf([a], [...both, rejection(carol, a)]);
  expect(stateOf(withdrawn, a)).toBe('open');
  expect(withdrawn.known(now)[0]?.body?.rejections).toMatchObject([
    { name: 'carol', reason: 'no' },
  ]);
  withdrawn.hear('n8/approval/x', rejection(dave, a));
  expect(stateOf(withdrawn, a)).toBe('rejected');
  const forged = { ...rejection(stranger, a), publicKey: dave.publicKey };
  expect(stateOf(bookOf([a], [rejection(carol, a), forged]), a)).toBe('open');
});

test('when one of two proposals for a role is published, the other is overtaken, whatever was signed', () => {
  const book = bookOf([a, b], [approval(bob, b), approval(carol, b)]);
  const after = published(a, [bob, dave]);
  book.follow(opened(after));
  expect([stateOf(book, a), stateOf(book, b)]).toEqual(['published', 'overtaken']);
  book.follow(opened(publish(after, 'c')));
  expect([stateOf(book, a), stateOf(book, b)]).toEqual(['published', 'overtaken']);
});

test('of versions that are past, roots and kept lists tell which proposal was in force', () => {
  const governors = signers(2, bob, carol, pat);
  const both = proposed(held, { governors, put: put('a') });
  const then = published(both, [bob, carol, pat]);
  const { targets, root } = opened(then);
  const beside = { targets, rootVersion: root.signed.version };
  const past: PastLists = {
    kept: (part) => (isOver(targets, part) ? { list: targets, ...beside } : undefined),
  };
  const after = publish(then, 'c');
  const later = enacted(after, { governors: signers(1, bob) }, [bob, carol], online);
  const rivals = [both, b, proposed(held, { governors: signers(2, bob, dave) })];
  const statesIn = (book: ProposalBook) => rivals.map((proposal) => stateOf(book, proposal));
  expect(statesIn(bookOf(rivals, [], later, past))).toEqual([
    'published',
    'overtaken',
    'overtaken',
  ]);
  expect(stateOf(bookOf([both], [], later), both)).toBe('overtaken');
  const [known] = bookOf([both], [], later, past).known(now);
  expect(known?.body?.parts).toMatchObject([
    { role: 'root', threshold: 2, signed: [{ name: 'bob' }, { name: 'carol' }] },
    { role: 'root', threshold: 2, signed: [{ name: 'bob' }, { name: 'carol' }, { name: 'pat' }] },
    {
      role: 'targets',
      threshold: 2,
      signed: [{ name: 'bob' }, { name: 'carol' }, { name: 'pat' }],
    },
  ]);
});

test('who signed what is in force is told by what is in force, also where nobody said it', () => {
  const book = bookOf([a], [approval(carol, a)]);
  const after = published(a, [bob, dave]);
  book.follow(opened(after));
  const signers = [{ role: 'targets', signed: [{ name: 'bob' }, { name: 'dave' }] }];
  expect(book.known(now)).toMatchObject([{ state: 'published', body: { parts: signers } }]);
  book.follow(opened(publish(after, 'c')));
  expect(book.known(now)).toMatchObject([{ state: 'published', body: { parts: signers } }]);
  expect(bookOf([a], [], after).known(now)).toMatchObject([{ body: { parts: signers } }]);
});

test('what is in force at a node may be older than what a proposal follows', () => {
  const after = publish(held, 'c');
  const later = proposed(after, { put: put('d') });
  const verdicts = [bob, carol].map((who) => approval(who, later, after));
  const book = bookOf([later], verdicts);
  expect(book.known(now)[0]).toMatchObject({ state: 'open', body: { isAhead: true } });
  book.follow(opened(after));
  expect(book.known(now)[0]).toMatchObject({ state: 'ready', body: { isAhead: false } });
});

test('a list that a team holds needs that team alone, and each part its own signers', () => {
  const payments = 'payments' as Namespace; // a label
  const team = { namespace: payments, to: signers(2, pat, pia) };
  const handed = enacted(held, { delegations: [team] }, [bob, carol, pat, pia], online);
  const theirs = {
    kind: 'Policy',
    policy: { name: 'own', text: 'permit(principal, action, resource);', namespace: payments },
  } as const;
  const own = encodeTarget(theirs, mesh.trustDomain);
  const teams = proposed(handed, { put: [own] });
  const book = bookOf([teams], [approval(pat, teams, handed)], handed);
  expect(book.known(now)[0]?.body?.parts).toMatchObject([
    { role: 'ns.payments', threshold: 2, signed: [{ name: 'pat' }], missing: [{ name: 'pia' }] },
  ]);
  book.hear('n7/approval/x', approval(pia, teams, handed));
  expect(stateOf(book, teams)).toBe('ready');
  const mixed = proposed(handed, { put: [own, ...put('wide')] });
  const signed = [pat, pia, bob].map((who) => approval(who, mixed, handed));
  const both = bookOf([mixed], signed, handed);
  expect(stateOf(both, mixed)).toBe('open');
  both.hear('n7/approval/x', approval(dave, mixed, handed));
  expect(stateOf(both, mixed)).toBe('ready');
});

test('a list of a namespace that is in nobody’s hands is never signed by enough', () => {
  const team = { namespace: 'payments' as Namespace, to: signers(1, pat) }; // a label
  const handing = proposed(held, { delegations: [team] });
  const parts = handing.parts.filter(({ role }) => role === 'ns.payments');
  expect(parts).toHaveLength(1);
  const alone = sealProposal({ ...handing, parts });
  expect(stateOf(bookOf([alone], []), alone)).toBe('open');
});

test('a proposal expires, signed or not, and a published one stays so', () => {
  const book = bookOf([a], [approval(bob, a), approval(carol, a)]);
  expect(stateOf(book, a, now + PROPOSAL_LIFE_MS - 1)).toBe('ready');
  expect(stateOf(book, a, now + PROPOSAL_LIFE_MS)).toBe('expired');
  book.follow(opened(published(a, [bob, carol])));
  expect(stateOf(book, a, now + PROPOSAL_LIFE_MS)).toBe('published');
});

test('who lies about a body is not believed, before it is here and after', () => {
  const lie = said('n6', a, { reason: 'harmless' });
  const book = new ProposalBook(opened(held), NOTHING_KEPT);
  book.say(lie);
  book.say(said('n5', a, { bytes: 17 }));
  expect(book.say(said('n1', a))).toBe(true);
  const lies = book.take(a);
  expect(lies.ok && lies.value.map(({ writer }) => writer).sort()).toEqual<string[]>(['n5', 'n6']);
  expect(book.say(lie)).toBe(false);
  expect(book.known(now)).toMatchObject([{ writers: ['n1'], claim: { reason: 'a' } }]);
  const nonsense = { ...b, parts: [{ role: 'targets', signed: Buffer.from('{"a":1}') }] } as const;
  expect(book.take(nonsense).ok).toBe(false);
});

test('a proposal at which a node fails is shown with why, and keeps it from no other', () => {
  const broken = { ...opened(held), root: {} } as unknown as Repository; // a defect, as no code of ours has it
  const book = new ProposalBook(broken, NOTHING_KEPT);
  for (const proposal of [a, b]) {
    book.say(said('n1', proposal));
    book.take(proposal);
  }
  const failures = () => book.known(now).map(({ body }) => body?.failure !== undefined);
  expect(failures()).toEqual([true, true]);
  book.follow(opened(held));
  expect(failures()).toEqual([false, false]);
});

test('a body that nobody has any more is let go', () => {
  const book = bookOf([a, b], []);
  expect(book.release(now)).toEqual([]);
  book.unsay(said('n1', b).record);
  expect(book.release(now)).toEqual([b.id]);
  expect([book.has(a.id), book.has(b.id)]).toEqual([true, false]);
});

test('in whatever order they come, the same records and bodies make the same of it', () => {
  type Step = (book: ProposalBook) => void;
  const verdicts = [
    ...[bob, carol].map((who) => approval(who, a)),
    ...[rejection(carol, a), rejection(dave, b), rejection(bob, b), approval(dave, b)],
    { ...approval(bob, a), publicKey: dave.publicKey },
  ];
  const steps: Step[] = [
    ...verdicts.map(
      (verdict, n): Step =>
        (book) =>
          book.hear(`n${n}/approval/${n}`, verdict),
    ),
    ...[said('n1', a), said('n2', a), said('n1', b), said('n3', b, { reason: 'lie' })].map(
      (one): Step =>
        (book) =>
          void book.say(one),
    ),
    ...[a, b].map(
      (body): Step =>
        (book) =>
          void book.take(body),
    ),
    (book) => book.unhear('n1/approval/1'),
  ];
  const isOrdered = (all: readonly Step[]) => {
    const [heard, unheard] = [steps[1], steps.at(-1)];
    return (
      heard !== undefined && unheard !== undefined && all.indexOf(heard) < all.indexOf(unheard)
    );
  };
  const made = (all: readonly Step[]) => {
    const book = new ProposalBook(opened(held), NOTHING_KEPT);
    for (const step of all) step(book);
    return JSON.stringify(book.known(now));
  };
  const expected = made(steps);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(steps, { minLength: steps.length }).filter(isOrdered),
      (all) => made(all) === expected,
    ),
    { seed: 44, numRuns: 40 },
  );
});

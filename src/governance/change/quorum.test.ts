import { expect, test } from 'bun:test';
import type { Namespace } from '../../core/index.ts';
import { codeOf } from '../../core/testing/index.ts';
import type { Approval } from '../proposal/body.ts';
import { encodeSigned, type SignedChange, tufKey } from '../repository/index.ts';
import { encodeTarget } from '../resources/index.ts';
import {
  enacted,
  makeAuthority,
  opened,
  person,
  policy,
  proposed,
  signedBy,
  signers,
  TestMesh,
} from '../testing/index.ts';
import { checkChange } from './check-change.ts';
import { describeChange } from './describe-change.ts';
import { heldTrust, previewProposal } from './preview-change.ts';
import { assembleChange, missingSignatures, signProposal } from './sign-proposal.ts';

const mesh = new TestMesh();
const { online } = mesh.n1;
const founder = person('governor', mesh.governor);
const [ada, bob, cat, dan] = [person('ada'), person('bob'), person('cat'), person('dan')];
const stranger = person('stranger');
const council = { governors: signers(2, ada, bob, cat) };
const held = enacted(mesh.founded, council, [founder, ada, bob], online);
const put = [encodeTarget(policy('a'), mesh.trustDomain)];

const checked = (change: SignedChange, on = held): string =>
  codeOf(() => checkChange(opened(on), change));

test('who governs changes by the old threshold and by the new one', () => {
  const proposal = proposed(mesh.founded, council);
  expect(proposal.parts.map(({ role }) => role)).toEqual(['root', 'targets']);
  const by = (...people: (typeof ada)[]) =>
    checked(signedBy(mesh.founded, proposal, people), mesh.founded);
  expect(by(founder)).toBe('CHANGE_REFUSED');
  expect(by(ada, bob, cat)).toBe('CHANGE_REFUSED');
  expect(by(founder, ada)).toBe('CHANGE_REFUSED');
  expect(by(founder, ada, cat)).toBe('none');
  expect(heldTrust(held).governors).toEqual(council.governors);
  expect(heldTrust(held).lists[0]).toMatchObject({ version: 2, threshold: 2 });
});

test('a root needs both bodies by itself, whoever signed the list beside it', () => {
  const proposal = proposed(mesh.founded, council);
  const by = (...people: (typeof ada)[]) => signedBy(mesh.founded, proposal, people);
  const whole = by(founder, ada, bob);
  for (const people of [[founder], [founder, ada], [ada, bob]]) {
    const { root = new Uint8Array() } = by(...people);
    expect(checked({ ...whole, root }, mesh.founded)).toBe('CHANGE_REFUSED');
  }
  expect(checked(whole, mesh.founded)).toBe('none');
});

test('fewer than k governors put nothing in force, any k of them do', () => {
  const proposal = proposed(held, { put });
  for (const [people, expected] of [
    [[ada], 'CHANGE_REFUSED'],
    [[ada, ada], 'CHANGE_REFUSED'],
    [[ada, cat], 'none'],
    [[cat, bob, ada], 'none'],
  ] as const) {
    expect(checked(signedBy(held, proposal, people))).toBe(expected);
  }
  expect(codeOf(() => signedBy(held, proposal, [founder]))).toBe('NOT_A_GOVERNOR');
});

test('a proposal says who has signed each part and who may yet', () => {
  const proposal = proposed(held, { governors: signers(3, ada, bob, cat, dan) });
  const approvals = [ada, dan].map(({ signer }) => signProposal(held, proposal, signer));
  const names = missingSignatures(held, proposal, approvals).map((part) => [
    part.role,
    part.threshold,
    part.signed.map(({ name }) => name),
    part.missing.map(({ name }) => name),
  ]);
  expect(names).toEqual([
    ['root', 2, ['ada'], ['bob', 'cat']],
    ['root', 3, ['ada', 'dan'], ['bob', 'cat']],
    ['targets', 3, ['ada', 'dan'], ['bob', 'cat']],
  ]);
  const words = describeChange(heldTrust(held), previewProposal(held, proposal));
  expect(words).toEqual([
    `+ governor dan (key ${dan.publicKey.slice(0, 16)})`,
    '~ governors who must sign: 2 of 3 → 3 of 4',
  ]);
});

test('a signature counts for its own key, part and proposal only', () => {
  const proposal = proposed(held, { put });
  const other = proposed(held, { put: [encodeTarget(policy('b'), mesh.trustDomain)] });
  const good = signProposal(held, proposal, ada.signer);
  const [own] = good.signatures;
  if (own === undefined) throw new Error('nothing was signed');
  const counted = (...approvals: Approval[]): number =>
    missingSignatures(held, proposal, approvals)[0]?.signed.length ?? 0;
  expect(counted(good)).toBe(1);
  expect(counted(good, good)).toBe(1);
  expect(counted({ ...good, proposal: other.id })).toBe(0);
  expect(counted(good, { ...good, publicKey: bob.publicKey })).toBe(1);
  expect(counted({ ...good, signatures: [{ role: 'root', sig: own.sig }] })).toBe(0);
  expect(counted({ ...signProposal(held, other, bob.signer), proposal: proposal.id })).toBe(0);
  for (const sig of ['', 'zz', '00'.repeat(64), own.sig.slice(2), `${own.sig}00`]) {
    expect(counted({ ...good, signatures: [{ role: 'targets', sig }] })).toBe(0);
  }
  const bad = { role: 'targets', sig: '00'.repeat(64) } as const;
  expect(counted({ ...good, signatures: [bad] }, good)).toBe(1);
  const change = assembleChange(held, proposal, [good, { ...good, publicKey: bob.publicKey }]);
  expect(checked(change)).toBe('CHANGE_REFUSED');
});

test('whoever has the same signatures makes the same bytes', () => {
  const proposal = proposed(held, { put });
  const [one, other] = [ada, cat].map(({ signer }) => signProposal(held, proposal, signer));
  if (one === undefined || other === undefined) throw new Error('nothing was signed');
  const change = assembleChange(held, proposal, [one, other]);
  expect(assembleChange(held, proposal, [other, one, other])).toEqual(change);
});

test('one key signs once, under whatever names its signatures come', () => {
  const proposal = proposed(held, { put });
  const [part] = proposal.parts;
  const sig = signProposal(held, proposal, ada.signer).signatures[0]?.sig ?? '';
  const { keyID } = tufKey(ada);
  for (const keyids of [
    [keyID, keyID],
    [keyID, keyID.toUpperCase()],
    [keyID, ada.publicKey],
    [keyID, tufKey(bob).keyID],
  ]) {
    const targets = encodeSigned(
      part?.signed ?? new Uint8Array(),
      keyids.map((keyid) => ({ keyid, sig })),
    );
    expect(checked({ targets, delegated: new Map(), contents: proposal.contents })).toBe(
      'CHANGE_REFUSED',
    );
  }
});

test('a key of another role does not count: neither a team for the governors nor they for it', () => {
  const payments = 'payments' as Namespace;
  const delegations = [{ namespace: payments, to: signers(1, dan) }];
  const handed = enacted(held, { delegations }, [ada, bob, dan], online);
  const team = policy('b');
  if (team.kind !== 'Policy') throw new Error('no policy');
  const inside = { kind: 'Policy', policy: { ...team.policy, namespace: payments } } as const;
  const own = proposed(handed, { put: [encodeTarget(inside, mesh.trustDomain)] });
  const mine = proposed(handed, { put });
  expect(codeOf(() => signedBy(handed, own, [ada, bob]))).toBe('NOT_A_GOVERNOR');
  expect(codeOf(() => signedBy(handed, mine, [dan]))).toBe('NOT_A_GOVERNOR');
  expect(codeOf(() => signedBy(handed, own, [person('n1', online)]))).toBe('NOT_A_GOVERNOR');
  const forged = (keys: readonly (typeof dan)[]) =>
    encodeSigned(
      own.parts[0]?.signed ?? new Uint8Array(),
      keys.map((key) => ({
        keyid: tufKey(key).keyID,
        sig: Buffer.from(key.signer.sign(own.parts[0]?.signed ?? new Uint8Array())).toString('hex'),
      })),
    );
  const change = (keys: readonly (typeof dan)[]): SignedChange => ({
    delegated: new Map([['ns.payments', forged(keys)]]),
    contents: own.contents,
  });
  expect(checked(change([ada, bob]), handed)).toBe('CHANGE_REFUSED');
  expect(checked(change([dan]), handed)).toBe('none');
});

test('of two proposals on one version the second is overtaken by the first', () => {
  const first = proposed(held, { put });
  const second = proposed(held, { put: [encodeTarget(policy('b'), mesh.trustDomain)] });
  const next = enacted(held, { put }, [ada, bob], online);
  expect(codeOf(() => previewProposal(next, second))).toBe('CHANGE_OVERTAKEN');
  expect(codeOf(() => previewProposal(next, first))).toBe('CHANGE_OVERTAKEN');
  expect(checked(signedBy(held, second, [ada, bob]), next)).toBe('CHANGE_OVERTAKEN');
});

test('a lost key below the threshold is replaced by the others', () => {
  const replaced = enacted(held, { governors: signers(2, ada, bob, dan) }, [ada, bob], online);
  expect(heldTrust(replaced).governors.keys.map(({ name }) => name)).toEqual(['ada', 'bob', 'dan']);
  const proposal = proposed(replaced, { put });
  expect(codeOf(() => signedBy(replaced, proposal, [cat]))).toBe('NOT_A_GOVERNOR');
  expect(checked(signedBy(replaced, proposal, [ada, dan]), replaced)).toBe('none');
});

test('who governs cannot be left to nobody, nor to one key twice', () => {
  const to = (governors: ReturnType<typeof signers>) => codeOf(() => proposed(held, { governors }));
  expect(to(signers(0, ada))).toBe('SIGNERS_INVALID');
  expect(to(signers(3, ada, bob))).toBe('SIGNERS_INVALID');
  expect(to(signers(2, ada, person('ada-too', ada.signer)))).toBe('SIGNERS_INVALID');
});

test('an online key that is no authority’s cannot be slipped into a root', () => {
  const authority = { kind: 'Authority', authority: makeAuthority('n2').target } as const;
  const grown = proposed(held, { put: [encodeTarget(authority, mesh.trustDomain)] });
  const [part] = grown.parts;
  const { parts } = proposed(held, { governors: signers(1, ada) });
  const without = parts.filter(({ role }) => role === 'targets');
  if (part?.role !== 'root') throw new Error('no root');
  const smuggled = { ...grown, parts: [part, ...without] };
  expect(codeOf(() => previewProposal(held, smuggled))).toBe('CHANGE_REFUSED');
});

test('what is signed is what is shown: a part in another spelling is refused', () => {
  const proposal = proposed(held, { put });
  const spaced = proposal.parts.map(({ role, signed }) => ({
    role,
    signed: Buffer.from(Buffer.from(signed).toString().replace('{', '{ ')),
  }));
  expect(codeOf(() => signedBy(held, { ...proposal, parts: spaced }, [ada]))).toBe(
    'CHANGE_REFUSED',
  );
  expect(codeOf(() => previewProposal(held, { ...proposal, parts: [] }))).toBe('CHANGE_REFUSED');
});

test('a stranger signs nothing', () => {
  expect(codeOf(() => signProposal(held, proposed(held, { put }), stranger.signer))).toBe(
    'NOT_A_GOVERNOR',
  );
});

import { expect, test } from 'bun:test';
import type { Namespace } from '../../core/index.ts';
import { codeOf } from '../../core/testing/index.ts';
import {
  decodeChange,
  decodeFiles,
  encodeChange,
  encodeFiles,
  type TrustFiles,
} from '../repository/index.ts';
import { encodeTarget } from '../resources/index.ts';
import {
  enacted,
  opened,
  person,
  proposed,
  signedBy,
  signers,
  TestMesh,
} from '../testing/index.ts';
import { formatVersion } from '../version-name.ts';
import { describeChange } from './describe-change.ts';
import { draftProposal } from './draft-proposal.ts';
import { heldTrust, previewProposal } from './preview-change.ts';
import { missingSignatures } from './sign-proposal.ts';

const DAY_MS = 86_400_000;
const mesh = new TestMesh();
const { online } = mesh.n1;
const root = person('governor', mesh.governor);
const [ann, ben, cyd] = [person('ann'), person('ben'), person('cyd')];
const payments = 'payments' as Namespace;
const PERMIT = 'permit(principal, action, resource);';

const target = (name: string, text: string, namespace?: Namespace) =>
  encodeTarget(
    { kind: 'Policy', policy: { name, text, ...(namespace === undefined ? {} : { namespace }) } },
    mesh.trustDomain,
  );

const rules = mesh.publishTargets(mesh.founded, [
  target('mesh-wide', PERMIT),
  target('pay', `${PERMIT} // 1`, payments),
]);
const handOver = { delegations: [{ namespace: payments, to: signers(2, ann, ben, cyd) }] };
const handed = enacted(rules, handOver, [root, ann, cyd], online);

const versions = (files: TrustFiles): string[] => heldTrust(files).lists.map(formatVersion);
const policies = (files: TrustFiles) =>
  heldTrust(files).policies.map(({ name, namespace, since }) => [namespace ?? '', name, since]);

test('handing a namespace over moves what is in it to the first list of its team', () => {
  expect(versions(rules)).toEqual(['2']);
  expect(versions(handed)).toEqual(['3', 'payments/1']);
  expect(Object.keys(opened(handed).targets.signed.targets)).not.toContain(
    'ns/payments/policies/pay.cedar',
  );
  expect(policies(handed)).toEqual([
    ['payments', 'pay', 'payments/1'],
    ['', 'mesh-wide', '2'],
  ]);
  expect(heldTrust(handed).lists[1]).toMatchObject({ namespace: 'payments', threshold: 2 });
});

test('a repository with teams, and a change of theirs, survive the wire', () => {
  expect(decodeFiles(encodeFiles(handed))).toEqual({ ok: true, value: handed });
  const proposal = proposed(handed, { put: [target('more', PERMIT, payments)] });
  const change = signedBy(handed, proposal, [ann, ben]);
  expect(decodeChange(encodeChange(change))).toEqual({ ok: true, value: change });
});

test('a team changes its own list, and no governor is asked', () => {
  const draft = { put: [target('pay', `${PERMIT} // 2`, payments)] };
  const proposal = proposed(handed, draft);
  expect(proposal.parts.map(({ role }) => role)).toEqual(['ns.payments']);
  const next = enacted(handed, draft, [ben, cyd], online);
  expect(versions(next)).toEqual(['3', 'payments/2']);
  expect(policies(next)).toContainEqual(['payments', 'pay', 'payments/2']);
  expect(next.targets).toEqual(handed.targets);
});

test('a change that crosses the border has a part for each side, and needs both', () => {
  const put = [target('mesh-wide', `${PERMIT} // new`), target('pay', `${PERMIT} // 3`, payments)];
  const proposal = proposed(handed, { put });
  expect(proposal.parts.map(({ role }) => role)).toEqual(['targets', 'ns.payments']);
  expect(codeOf(() => enacted(handed, { put }, [ann, ben], online))).toBe('CHANGE_REFUSED');
  expect(codeOf(() => enacted(handed, { put }, [root, ann], online))).toBe('CHANGE_REFUSED');
  expect(versions(enacted(handed, { put }, [root, ann, ben], online))).toEqual(['4', 'payments/2']);
});

test('handing over needs the team as well, which signs its first list', () => {
  expect(codeOf(() => enacted(rules, handOver, [root], online))).toBe('CHANGE_REFUSED');
  expect(codeOf(() => enacted(rules, handOver, [ann, ben, cyd], online))).toBe('CHANGE_REFUSED');
  const missing = missingSignatures(rules, proposed(rules, handOver), []);
  expect(missing.map(({ role, threshold }) => [role, threshold])).toEqual([
    ['targets', 1],
    ['ns.payments', 2],
  ]);
});

test('taking a namespace back needs the governors alone, and its numbers go on afterwards', () => {
  const takeBack = { delegations: [{ namespace: payments, to: undefined }] };
  const back = enacted(handed, takeBack, [root], online);
  expect(versions(back)).toEqual(['4']);
  expect(back.delegated.size).toBe(0);
  expect(policies(back)).toContainEqual(['payments', 'pay', '4']);
  expect(codeOf(() => proposed(back, takeBack))).toBe('NAMESPACE_NOT_DELEGATED');
  expect(versions(enacted(back, handOver, [root, ann, ben], online))).toEqual(['5', 'payments/2']);
});

test('other keys sign the list again only where the old signatures are too few', () => {
  const dan = person('dan');
  const more = { delegations: [{ namespace: payments, to: signers(2, ann, ben, cyd, dan) }] };
  expect(proposed(handed, more).parts.map(({ role }) => role)).toEqual(['targets']);
  expect(versions(enacted(handed, more, [root], online))).toEqual(['4', 'payments/1']);
  const without = { delegations: [{ namespace: payments, to: signers(2, ben, cyd, dan) }] };
  const proposal = proposed(handed, without); // ann's signature is on the list that is in force
  expect(proposal.parts.map(({ role }) => role)).toEqual(['targets', 'ns.payments']);
  expect(codeOf(() => enacted(handed, without, [root, ann, ben], online))).toBe('NOT_A_GOVERNOR');
  expect(versions(enacted(handed, without, [root, dan, ben], online))).toEqual(['4', 'payments/2']);
});

test('a namespace with nothing in it has an empty list', () => {
  const stock = 'stock' as Namespace;
  const draft = { delegations: [{ namespace: stock, to: signers(1, ben) }] };
  const next = enacted(handed, draft, [root, ben], online);
  expect(versions(next)).toEqual(['4', 'payments/1', 'stock/1']);
  expect(() => proposed(next, draft)).toThrow('nothing would change');
});

test('what would leave a namespace to nobody is not drafted', () => {
  const to = (people: ReturnType<typeof signers>) =>
    codeOf(() => proposed(rules, { delegations: [{ namespace: payments, to: people }] }));
  expect(to(signers(0, ann))).toBe('SIGNERS_INVALID');
  expect(to(signers(2, ann))).toBe('SIGNERS_INVALID');
  expect(to(signers(1.5, ann, ben))).toBe('SIGNERS_INVALID');
  expect(to(signers(2, ann, person('ann-again', ann.signer)))).toBe('SIGNERS_INVALID');
  expect(to(signers(2, ann, person('ann')))).toBe('SIGNERS_INVALID');
  expect(to({ keys: [{ name: 'zero', publicKey: '0'.repeat(64) }], threshold: 1 })).toBe(
    'SIGNERS_INVALID',
  );
});

test('a list is signed again when its team names something in it after half of its life', () => {
  const now = Date.now() + 200 * DAY_MS;
  const same = [target('pay', `${PERMIT} // 1`, payments)];
  const drafted = (held: TrustFiles, put: typeof same) =>
    draftProposal({ held, put, remove: [], reason: '', now })?.parts.map(({ role }) => role);
  expect(drafted(handed, same)).toEqual(['ns.payments']);
  expect(drafted(handed, [])).toEqual(['root', 'targets']);
});

test('a list is signed again by itself, without a word of what is in it', () => {
  const renewed = (days: number) => {
    const now = Date.now() + days * DAY_MS;
    const empty = { held: handed, put: [], remove: [], reason: '' };
    return draftProposal({ ...empty, now, renew: 'ns.payments' })?.parts.map(({ role }) => role);
  };
  expect([renewed(200), renewed(100)]).toEqual([['ns.payments'], undefined]);
});

test('who holds what is told in words', () => {
  const words = describeChange(heldTrust(rules), previewProposal(rules, proposed(rules, handOver)));
  const key = ({ name, publicKey }: typeof ann) => `${name} ${publicKey.slice(0, 16)}`;
  const team = `2 of 3: ${[ann, ben, cyd].map(key).join(', ')}`;
  expect(words).toEqual([`+ delegation payments (${team})`]);
  const draft = { put: [target('pay', '// none', payments)], remove: ['policies/mesh-wide.cedar'] };
  expect(
    describeChange(heldTrust(handed), previewProposal(handed, proposed(handed, draft))),
  ).toEqual(['~ policy payments/pay', '- policy mesh-wide']);
});

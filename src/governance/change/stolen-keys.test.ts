import { expect, test } from 'bun:test';
import type { Namespace } from '../../core/index.ts';
import { codeOf } from '../../core/testing/index.ts';
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
import { checkChange } from './check-change.ts';
import { heldTrust } from './preview-change.ts';

/** Two of five keys are stolen, which is as many as must sign: what the thieves can do, and what ends it. */
const mesh = new TestMesh();
const { online } = mesh.n1;
const founder = person('governor', mesh.governor);
const [ada, bob, cat, dan, eve] = ['ada', 'bob', 'cat', 'dan', 'eve'].map((name) =>
  person(name),
) as [Person, Person, Person, Person, Person]; // of a list of five
const council = { governors: signers(2, ada, bob, cat, dan, eve) };
const held = enacted(mesh.founded, council, [founder, ada, bob], online);
const thieves = [dan, eve];
const put = [encodeTarget(policy('a'), mesh.trustDomain)];

test('k stolen keys put rules in force, and name governors and teams of their own', () => {
  expect(heldTrust(enacted(held, { put }, thieves, online)).policies).toHaveLength(1);
  const theirs = { governors: signers(1, dan) };
  const taken = enacted(held, theirs, thieves, online);
  expect(heldTrust(taken).governors).toEqual(theirs.governors);
  const shop = { namespace: 'shop' as Namespace, to: signers(1, eve) }; // a label, by inspection
  expect(heldTrust(enacted(held, { delegations: [shop] }, thieves, online)).lists).toHaveLength(2);
});

test('k keys that are left take the stolen ones out, and those count for nothing from then on', () => {
  const healed = enacted(held, { governors: signers(2, ada, bob, cat) }, [ada, cat], online);
  const theirs = proposed(held, { governors: signers(1, dan) });
  expect(codeOf(() => checkChange(opened(healed), signedBy(held, theirs, thieves)))).not.toBe(
    'none',
  );
  const next = proposed(healed, { put });
  for (const thief of thieves) {
    expect(codeOf(() => signedBy(healed, next, [thief]))).toBe('NOT_A_GOVERNOR');
  }
});

test('once the thieves have named governors of their own, the keys of before sign nothing any more', () => {
  const taken = enacted(held, { governors: signers(2, dan, eve) }, thieves, online);
  const late = proposed(held, { governors: signers(2, ada, bob, cat) });
  const change = signedBy(held, late, [ada, bob, cat]);
  expect(codeOf(() => checkChange(opened(taken), change))).not.toBe('none');
  const next = proposed(taken, { put });
  expect(codeOf(() => signedBy(taken, next, [ada, bob, cat]))).toBe('NOT_A_GOVERNOR');
});

import { expect, test } from 'bun:test';
import type { Namespace } from '../../core/index.ts';
import { canonicalJson, type JsonValue } from '../canonical-json.ts';
import { GovernanceError } from '../errors.ts';
import { type Proposal, sealProposal } from '../proposal/body.ts';
import { tufKey } from '../repository/index.ts';
import { encodeTarget } from '../resources/index.ts';
import {
  enacted,
  makeAuthority,
  person,
  policy,
  proposed,
  signers,
  TestMesh,
} from '../testing/index.ts';
import type { DraftParams } from './draft-proposal.ts';
import { previewProposal } from './preview-change.ts';

const mesh = new TestMesh();
const [founder, ada, bob, zoe] = [
  person('governor', mesh.governor),
  person('ada'),
  person('bob'),
  person('zoe'),
];
const stranger = tufKey(person('stranger'));
const put = [encodeTarget(policy('a'), mesh.trustDomain)];
const payments = 'payments' as Namespace; // a DNS label
const council: Partial<DraftParams> = { governors: signers(2, founder, zoe, ada) };
const handing: Partial<DraftParams> = {
  put,
  delegations: [{ namespace: payments, to: signers(2, zoe, ada, bob) }],
};

/** The JSON of one part, with one thing put in at a path. */
function altered(draft: Partial<DraftParams>, role: string, path: string, value: JsonValue) {
  const proposal = proposed(mesh.founded, draft);
  const parts = proposal.parts.map((part) => {
    if (part.role !== role) return part;
    const json = JSON.parse(new TextDecoder().decode(part.signed));
    const names = path.split(' ');
    const last = names.pop() ?? '';
    let place = json;
    for (const name of names) place = place[name];
    place[last] = value;
    return { role: part.role, signed: new TextEncoder().encode(canonicalJson(json)) };
  });
  return sealProposal({ ...proposal, parts });
}

function refusalOf(proposal: Proposal, held = mesh.founded): string {
  try {
    previewProposal(held, proposal);
  } catch (error) {
    if (error instanceof GovernanceError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

test.each([
  ['another key for snapshots', council, 'root', 'roles snapshot keyids', [stranger.keyID]],
  ['more machines for snapshots than there are', council, 'root', 'roles snapshot threshold', 9],
  ['more machines for timestamps', council, 'root', 'roles timestamp threshold', 9],
  ['a key of nobody', council, 'root', `keys ${stranger.keyID}`, stranger.toJSON()],
  ['a root that ends at once', council, 'root', 'expires', '2001-01-01T00:00:00Z'],
  ['a root that never ends', council, 'root', 'expires', '9999-01-01T00:00:00Z'],
  ['a field of the root', council, 'root', 'x-more', 'y'],
  ['a list that ends at once', { put }, 'targets', 'expires', '2001-01-01T00:00:00Z'],
  ['a field of a list', { put }, 'targets', 'x-more', 'y'],
  ['a lie about since when', { put }, 'targets', 'targets policies/a.cedar custom', { since: 1 }],
  ['more beside since when', handing, 'targets', 'targets policies/a.cedar custom more', 'y'],
  [
    'a first list of a team that ends at once',
    handing,
    'ns.payments',
    'expires',
    '2001-01-01T00:00:00Z',
  ],
] as const)('what nobody is shown cannot be signed: %s', (_, draft, role, path, value) => {
  expect(refusalOf(altered(draft, role, path, value as JsonValue))).toStartWith('CHANGE_REFUSED');
});

test('contents that cannot be read are brought by nobody unseen, and stay where they are in force', () => {
  const odd = { path: 'routes/web.json', bytes: new TextEncoder().encode('{}') };
  expect(refusalOf(proposed(mesh.founded, { put: [odd] }))).toContain('it brings routes/web.json');
  const held = enacted(mesh.founded, { put: [odd] }, [founder], mesh.n1.online);
  expect(refusalOf(proposed(held, { put }), held)).toBe('none');
});

test('whatever this program drafts can be shown, in whatever order people are named', () => {
  const authority = { kind: 'Authority', authority: makeAuthority('n2').target } as const;
  const governors = [founder, zoe];
  const changes: [draft: Partial<DraftParams>, people: readonly (typeof ada)[]][] = [
    [council, governors],
    [handing, [...governors, ada]],
    [{ put: [encodeTarget(authority, mesh.trustDomain)] }, governors],
    [{ delegations: [{ namespace: payments, to: signers(1, bob) }] }, [...governors, bob]],
    [{ delegations: [{ namespace: payments, to: undefined }] }, governors],
    [{ remove: ['policies/a.cedar'] }, governors],
  ];
  let held = mesh.founded;
  let now = Date.now();
  for (const [draft, people] of changes) {
    now += 200 * 86_400_000; // signatures age, and are renewed along
    expect(refusalOf(proposed(held, { ...draft, now }), held)).toBe('none');
    held = enacted(held, { ...draft, now }, people, mesh.n1.online);
  }
});

import { expect, test } from 'bun:test';
import type { Namespace } from '../../core/index.ts';
import { GovernanceError } from '../errors.ts';
import {
  encodeMetadata,
  makeTargets,
  parseRoot,
  type SignedChange,
  sign,
  type TrustFiles,
} from '../repository/index.ts';
import { encodeTarget } from '../resources/index.ts';
import {
  enacted,
  listSignedBy,
  opened,
  person,
  policy,
  proposed,
  signedBy,
  signers,
  TestMesh,
} from '../testing/index.ts';
import { checkChange } from './check-change.ts';

/** Changes that enough people signed, and that no authority may publish all the same. */
const mesh = new TestMesh();
const governor = person('governor', mesh.governor);
const [ann, ben] = [person('ann'), person('ben')];
const payments = 'payments' as Namespace;
const handed = enacted(
  mesh.founded,
  { delegations: [{ namespace: payments, to: signers(1, ann) }] },
  [governor, ann],
  mesh.n1.online,
);
const now = Date.now();

function refusalOf(change: Partial<SignedChange>, held: TrustFiles = handed): string {
  try {
    checkChange(opened(held), { delegated: new Map(), contents: [], ...change });
  } catch (error) {
    if (error instanceof GovernanceError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

const teamList = (version: number, paths: readonly string[]) => {
  const { bytes } = encodeTarget(policy('a'), mesh.trustDomain);
  const list = listSignedBy(
    [ann.signer],
    version,
    paths.map((path) => ({ path, bytes })),
  );
  return { delegated: new Map([['ns.payments', list] as const]), contents: [bytes] };
};

test('a team lists what is in its namespace, and nothing else', () => {
  expect(refusalOf(teamList(2, ['ns/payments/policies/a.cedar']))).toBe('none');
  for (const path of [
    'policies/a.cedar',
    'ns/shop/policies/a.cedar',
    'ns/payments/a.cedar',
    'ns/payments/policies/deep/a.cedar',
    'ns/payments2/policies/a.cedar',
    'settings.json',
  ]) {
    expect(refusalOf(teamList(2, [path]))).toStartWith('CHANGE_REFUSED');
  }
});

test('the governors list nothing in a namespace that they have handed over', () => {
  const path = 'ns/payments/policies/a.cedar';
  const { bytes } = encodeTarget(policy('a'), mesh.trustDomain);
  const { targets, files } = opened(handed);
  const kept = Object.entries(targets.signed.targets).map(([at, { hashes }]) => ({
    path: at,
    bytes: files.contents.get(hashes.sha256 ?? '') ?? new Uint8Array(),
  }));
  const delegations = [{ namespace: payments, ...signers(1, ann) }];
  const list = makeTargets({
    version: 3,
    targets: [...kept, { path, bytes }],
    delegations,
    now,
  });
  sign(list, mesh.governor);
  const refused = refusalOf({ targets: encodeMetadata(list), contents: [bytes] });
  expect(refused).toContain('which belongs to ns.payments');
});

test('each version is the next one, and of a role that is handed to somebody', () => {
  expect(refusalOf(teamList(1, []))).toStartWith('CHANGE_OVERTAKEN');
  expect(refusalOf(teamList(3, []))).toStartWith('CHANGE_OVERTAKEN');
  const stray = new Map([['ns.shop', listSignedBy([ann.signer], 1, [])] as const]);
  expect(refusalOf({ delegated: stray })).toContain('handed to nobody');
  expect(refusalOf({})).toContain('has no part');
});

test('what nobody signed is refused for that, whatever may be wrong with its contents', () => {
  const { delegated, contents } = teamList(2, ['ns/payments/policies/a.cedar']);
  const list = listSignedBy([ben.signer], 2, [
    { path: 'ns/payments/policies/a.cedar', bytes: new Uint8Array(9) },
  ]);
  const unsigned = refusalOf({ delegated: new Map([['ns.payments', list] as const]) });
  expect(unsigned).toContain('is not signed by enough of its team');
  expect(refusalOf({ delegated })).not.toContain('signed'); // nothing of its content came
  expect(refusalOf({ delegated, contents })).toBe('none');
});

test('a list that is good for one team is not for another', () => {
  const shop = 'shop' as Namespace;
  const to = { delegations: [{ namespace: shop, to: signers(1, ben) }] };
  const change = signedBy(handed, proposed(handed, to), [governor, ben]);
  expect(refusalOf(change)).toBe('none');
  const own = handed.delegated.get('ns.payments') ?? new Uint8Array();
  const borrowed = { ...change, delegated: new Map([['ns.shop', own] as const]) };
  expect(refusalOf(borrowed)).toContain('does not say that it is of shop');
  const foreign = listSignedBy([ann.signer], 1, [], { namespace: shop });
  const unsigned = { ...change, delegated: new Map([['ns.shop', foreign] as const]) };
  expect(refusalOf(unsigned)).toContain('ns.shop 1 is not signed by enough of its team');
  expect(refusalOf({ ...change, delegated: new Map() })).toContain('without its first list');
});

test('a root has one body of governors and one of authorities, each key under its own hash', () => {
  const draft = proposed(handed, { governors: signers(1, governor, ben) });
  const { root = new Uint8Array(), ...rest } = signedBy(handed, draft, [governor]);
  const text = Buffer.from(root).toString();
  const forged = (change: (signed: Signed) => void): string => {
    const { signed } = JSON.parse(text);
    change(signed);
    const parsed = parseRoot(Buffer.from(JSON.stringify({ signatures: [], signed })));
    if (!parsed.ok) throw new Error(parsed.error);
    sign(parsed.value, mesh.governor);
    return refusalOf({ ...rest, root: encodeMetadata(parsed.value) });
  };
  expect(forged(() => undefined)).toBe('none');
  expect(forged(({ roles }) => Object.assign(roles.targets, { threshold: 2 }))).toContain(
    'lets others sign targets than root',
  );
  expect(forged(({ roles }) => roles.targets.keyids.pop())).toContain('lets others sign');
  const otherwise = 'lets others sign snapshot than timestamp';
  expect(forged(({ roles }) => Object.assign(roles.snapshot, { threshold: 2 }))).toContain(
    otherwise,
  );
  expect(
    forged(({ roles }) => Object.assign(roles.snapshot, { keyids: roles.root.keyids })),
  ).toContain(otherwise);
  expect(
    forged(({ keys, roles }) => {
      const [id = ''] = roles.root.keyids;
      Object.assign(keys, { 'another-name': keys[id] });
    }),
  ).toContain('not named by its own hash');
});

interface Signed {
  readonly keys: Record<string, unknown>;
  readonly roles: Record<'root' | 'targets' | 'snapshot', { readonly keyids: string[] }>;
}

import { beforeAll, describe, expect, test } from 'bun:test';
import type { NodeName, TrustDomain } from '../../core/index.ts';
import { createAuthorityCertificate, generatePrivateKey } from '../../crypto/index.ts';
import { FakeClock, seededRandom } from '../../ports/testing/index.ts';
import { signerOf, type TrustFiles } from '../repository/index.ts';
import { enacted, type Person, person, signers } from '../testing/index.ts';
import type { AuthorityTarget } from '../trust-set.ts';
import { initTrust } from './init-trust.ts';
import { type MeshPin, recogniseMesh } from './key-mesh.ts';

const now = new FakeClock().now();
const online = signerOf(generatePrivateKey('ed25519'));
const ada = person('ada');
const bob = person('bob');
const carol = person('carol');
const eve = person('eve');

async function founded(domain: string, { name, signer }: Person): Promise<TrustFiles> {
  const trustDomain = domain as TrustDomain; // a trust domain, by inspection
  const node = 'n1' as NodeName; // a label, by inspection
  const pem = createAuthorityCertificate({
    key: generatePrivateKey('p256'),
    trustDomain,
    node,
    now,
    lifeMs: 365 * 86_400_000,
    random: seededRandom(7),
  });
  const authority: AuthorityTarget = {
    node,
    onlineKey: online.publicKey,
    certificates: [{ pem }],
    namespaces: 'any',
    tokenKeys: [],
  };
  return initTrust({ trustDomain, governor: signer, governorName: name, authority, online, now });
}

/** The next root: it names these people, of whom any one decides. */
const governedBy = (held: TrustFiles, people: readonly Person[], by: Person): TrustFiles =>
  enacted(held, { governors: signers(1, ...people), now }, [by], online);

let root1: TrustFiles;
let root2: TrustFiles;
let root3: TrustFiles;
beforeAll(async () => {
  root1 = await founded('shop.example', ada);
  root2 = governedBy(root1, [ada, bob, carol], ada);
  root3 = governedBy(root2, [bob, carol], bob);
});

/** As a node that joined later holds it: its chain begins at this root. */
const since = (held: TrustFiles, version: number): TrustFiles => ({
  ...held,
  roots: held.roots.slice(version - 1),
});

function pinOf(held: TrustFiles): MeshPin {
  const seen = recogniseMesh(held, carol.publicKey, undefined);
  if (!seen.ok) throw new Error(seen.error.detail);
  return seen.value;
}

const judge = (held: TrustFiles, who = carol, pin?: MeshPin) =>
  recogniseMesh(held, who.publicKey, pin);

describe('a key', () => {
  test('takes the mesh that it is shown first, and remembers its newest root', () => {
    expect(judge(root2)).toMatchObject({
      ok: true,
      value: { trustDomain: 'shop.example', rootVersion: 2 },
    });
  });

  test('follows a chain of roots from the one that it remembers', () => {
    const seen = judge(root3, carol, pinOf(root1));
    expect(seen).toMatchObject({ ok: true, value: { rootVersion: 3 } });
    expect(judge(root3, carol, pinOf(root3)).ok).toBe(true);
  });

  test('knows a root again that somebody on the way spaced otherwise', () => {
    const spaced = root2.roots.map((root) => Buffer.from(` ${Buffer.from(root).toString()} `));
    expect(judge({ ...root2, roots: spaced }, carol, pinOf(root2)).ok).toBe(true);
    expect(pinOf({ ...root2, roots: spaced })).toEqual(pinOf(root2));
  });

  test('refuses another mesh of the same name, and one of another name', async () => {
    const twin = await founded('shop.example', eve);
    expect(judge(twin, carol, pinOf(root1))).toMatchObject({
      ok: false,
      error: { detail: expect.stringContaining('another root 1') },
    });
    expect(judge(await founded('other.example', ada), carol, pinOf(root1))).toMatchObject({
      ok: false,
      error: { code: 'TRUST_DOMAIN_MISMATCH' },
    });
  });

  test('refuses to go back behind what it has seen', () => {
    expect(judge(root1, carol, pinOf(root2))).toMatchObject({
      ok: false,
      error: { detail: 'the newest root of the node is 1, and the key has seen root 2' },
    });
  });

  test('takes a chain that begins later only by a root that it signed itself', () => {
    const later = since(root3, 3);
    expect(judge(later, bob, pinOf(root1)).ok).toBe(true);
    expect(judge(later, carol, pinOf(root1))).toMatchObject({
      ok: false,
      error: { detail: expect.stringContaining('nothing shows that one follows') },
    });
  });

  test('is not deceived by governors that a node made up: they have not signed with it', async () => {
    const twin = await founded('shop.example', eve);
    const forged = since(governedBy(twin, [eve, carol], eve), 2);
    expect(judge(forged, carol, pinOf(root1)).ok).toBe(false);
  });
});

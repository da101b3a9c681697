import { beforeEach, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { readShownCredentials, showCredentials } from '../identity/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { AdmittedMembers } from './admitted-members.ts';
import { CredentialKeeper, type RenewCredential } from './credential-keeper.ts';
import { readCredential, writeCredential } from './data-directory.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

const DAY_MS = 86_400_000;
/** Within which a node without a spare asks for one. */
const SPARE_MS = 30_000;

/** Three nodes, n1 and n3 are authorities; n2 has a credential of n3's. */
let mesh: TestMesh;
let [n2, n3]: TestMember[] = [];
beforeEach(async () => {
  mesh = await TestMesh.found();
  n2 = await mesh.member('n2');
  n3 = await mesh.member('n3');
  await mesh.addAuthority(there(n3));
  const { name: node, publicKey, directory } = there(n2);
  const wanted = { node, publicKey, epoch: 1, lifeMs: 7 * DAY_MS };
  writeCredential(directory.store, there(n3).ca.issueCredential(wanted).credential);
});

function there(member: TestMember | undefined): TestMember {
  if (member === undefined) throw new Error('the mesh was not made');
  return member;
}

const keyOf = (member: TestMember): string => member.ca.keySha256;

/** A keeper of n2's that has begun, with what it told. */
function keeper() {
  const { clock, random, log, directory, role, name, publicKey } = there(n2);
  const kept = new CredentialKeeper({
    clock,
    random,
    log,
    directory,
    bundle: () => role.bundle(),
    signers: () => role.signers(),
    issueOwn: () => undefined,
  });
  const told: string[] = [];
  const asked: (NodeName | undefined)[] = [];
  const silent = new Set<TestMember>();
  const issue: RenewCredential = async (except) => {
    asked.push(except);
    const authority = [mesh.n1, there(n3)].find(
      (one) => one.name !== except && !silent.has(one) && one.role.authority() !== undefined,
    );
    if (authority === undefined) throw new Error('nobody answers');
    const wanted = { node: name, publicKey, epoch: 1, lifeMs: 7 * DAY_MS };
    return authority.ca.issueCredential(wanted).credential;
  };
  kept.start(issue, {
    renewed: () => told.push('renewed'),
    outdated: () => told.push('outdated'),
  });
  const authorities = () => kept.credentials.map((one) => one.authorityKeySha256);
  const spareCame = async () => {
    mesh.clock.advance(SPARE_MS);
    await eventually('a spare', () => kept.credentials.length === 2);
  };
  return { kept, told, asked, silent, authorities, spareCame };
}

test('a node soon holds a spare by another authority, which it shows, keeps, and tells nobody of', async () => {
  const { kept, told, asked, authorities, spareCame } = keeper();
  expect(authorities()).toEqual([keyOf(there(n3))]);
  await spareCame();
  expect(asked).toEqual(['n3' as NodeName]);
  expect(authorities()).toEqual([keyOf(there(n3)), keyOf(mesh.n1)]);
  expect(readShownCredentials(kept.bytes)).toHaveLength(2);
  expect(readCredential(there(n2).directory.store)).toEqual(kept.bytes);
  expect(told).toEqual([]);
  kept.stop();
  expect(keeper().authorities()).toEqual([keyOf(there(n3)), keyOf(mesh.n1)]);
});

test('where there is one authority no node asks for a spare', async () => {
  await mesh.apply([], ['authorities/n3.json']);
  const { name: node, publicKey, directory } = there(n2);
  const wanted = { node, publicKey, epoch: 1, lifeMs: 7 * DAY_MS };
  writeCredential(directory.store, mesh.n1.ca.issueCredential(wanted).credential);
  const { asked } = keeper();
  mesh.clock.advance(DAY_MS);
  expect(asked).toEqual([]);
});

test('an authority that is taken out leaves an honest node a member, under the other one at once', async () => {
  const { kept, told, authorities, spareCame } = keeper();
  await spareCame();
  await mesh.apply([], ['authorities/n3.json']);
  kept.followTrust();
  expect(kept.problem()).toBeUndefined();
  expect(authorities()).toEqual([keyOf(mesh.n1)]);
  expect(told).toEqual(['outdated', 'renewed']);
  expect(kept.bytes).toEqual(readCredential(there(n2).directory.store) ?? new Uint8Array());
  expect(readShownCredentials(kept.bytes)).toHaveLength(1);
  kept.stop();
});

test('an authority that retires signs nothing, and who has its word goes on and renews within a third of the time', async () => {
  const { kept, told, authorities } = keeper();
  await mesh.retireAuthority(there(n3), 600_000);
  kept.followTrust();
  expect(there(n3).role.authority()).toBeUndefined();
  expect(there(n3).role.tokenSigner().ok).toBe(false);
  expect([kept.problem(), told]).toEqual([undefined, []]);
  mesh.clock.advance(200_000);
  await eventually('n1’s word', () => authorities()[0] === keyOf(mesh.n1));
  expect(told).toEqual(['outdated', 'renewed']);
  mesh.clock.advance(400_000);
  kept.followTrust();
  expect(kept.problem()).toBeUndefined();
  kept.stop();
});

test('nobody asks an authority that retires for a spare', async () => {
  const { asked, kept } = keeper();
  await mesh.retireAuthority(there(n3), 600_000);
  kept.followTrust();
  mesh.clock.advance(200_000);
  await eventually('n1’s word', () => kept.credential.authorityKeySha256 === keyOf(mesh.n1));
  asked.length = 0;
  mesh.clock.advance(300_000);
  expect(asked).toEqual([]);
  kept.stop();
});

test('the loss of the spare alone is nobody’s concern, and another is asked for', async () => {
  const { kept, told, authorities, spareCame, asked } = keeper();
  await spareCame();
  await mesh.apply([], ['authorities/n3.json']);
  kept.followTrust();
  await mesh.addAuthority(there(n3));
  kept.followTrust();
  await spareCame();
  expect(authorities()).toEqual([keyOf(mesh.n1), keyOf(there(n3))]);
  told.length = 0;
  await mesh.apply([], ['authorities/n3.json']);
  kept.followTrust();
  expect(authorities()).toEqual([keyOf(mesh.n1)]);
  expect(told).toEqual([]);
  expect(asked).toEqual(['n3' as NodeName, 'n1' as NodeName]);
  kept.stop();
});

test('both are renewed at half of their lives, and with one authority gone the older one is kept to its end', async () => {
  const { kept, told, silent, authorities, spareCame } = keeper();
  await spareCame();
  silent.add(there(n3));
  mesh.clock.advance(4 * DAY_MS);
  await eventually('the renewal', () => told.includes('renewed'));
  const byN1ThenN3 = [keyOf(mesh.n1), keyOf(there(n3))];
  await eventually('it is by n1', () => authorities().join() === byN1ThenN3.join());
  expect(kept.credential.expiresAt).toBeGreaterThan(mesh.clock.now() + 6 * DAY_MS);
  silent.clear();
  mesh.clock.advance(SPARE_MS);
  const spareEnds = () => kept.credentials[1]?.expiresAt ?? 0;
  await eventually('the spare is renewed', () => spareEnds() > mesh.clock.now() + 6 * DAY_MS);
  expect(told).toEqual(['renewed']);
  kept.stop();
});

test('a peer that shows both is a member while either authority is in force', async () => {
  const { kept, spareCame } = keeper();
  await spareCame();
  const { publicKey, clock, log } = there(n2);
  const admitted = new AdmittedMembers({
    clock,
    log,
    epochOf: () => undefined,
    recordOf: () => undefined,
    bundle: () => mesh.n1.role.bundle(),
  });
  expect(admitted.admit(publicKey, kept.bytes)).toMatchObject({ admitted: true, name: 'n2' });
  const peer = { id: 'peer-n2', name: 'n2', publicKey } as never; // only the key is read
  await mesh.apply([], ['authorities/n3.json']);
  expect(admitted.membershipOf(peer)).toMatchObject({
    ok: true,
    value: { authorityKeySha256: keyOf(mesh.n1) },
  });
  const forged = showCredentials([new Uint8Array(8), new Uint8Array(9)]);
  expect(admitted.admit(publicKey, forged)).toMatchObject({ admitted: false });
  kept.stop();
});

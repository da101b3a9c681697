import { beforeEach, describe, expect, test } from 'bun:test';
import { certificateDer, createCsr, generatePrivateKey, verifySvid } from '../crypto/index.ts';
import { idOf, makeUpCa, signRequest } from '../crypto/testing/index.ts';
import type { AuthorityTarget } from '../governance/index.ts';
import { realRandom } from '../platform/index.ts';
import { publicTokenKey, readCertificates } from './authority-keys.ts';
import { nodeSpace } from './data-directory.ts';
import { authorityTarget } from './init-node.ts';
import { KeySuccession } from './key-succession.ts';
import { ownCertificate } from './new-node.ts';
import { nextKeys } from './succession-plane.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Two authorities, of which n3 gets new keys. */
let mesh: TestMesh;
let n3: TestMember;
let hasArrived: boolean;
let succession: KeySuccession;
let told: number;
beforeEach(async () => {
  mesh = await TestMesh.found();
  n3 = await mesh.member('n3');
  await mesh.addAuthority(n3);
  hasArrived = false;
  told = 0;
  const rollout = () => ({ complete: hasArrived });
  succession = new KeySuccession({ role: n3.role, rollout, clock: mesh.clock });
  succession.onSuccession(() => told++);
});

const prepare = () =>
  n3.directory.signing.prepare((key) =>
    ownCertificate(n3.directory.identity, key, mesh.clock.now(), realRandom),
  );

/** What `selvage authority rotate` puts in force; without `untilMs` the old keys are out at once. */
async function rotated(untilMs?: number): Promise<AuthorityTarget> {
  const next = await prepare();
  const { certificates, tokenKeys, ...rest } = authorityTarget(n3.directory);
  const old = untilMs === undefined ? [] : [{ untilMs }];
  return {
    ...rest,
    certificates: [
      { pem: next.certificatePem },
      ...old.flatMap((until) => certificates.map((one) => ({ ...one, ...until }))),
    ],
    tokenKeys: [
      publicTokenKey(next),
      ...old.flatMap((until) => tokenKeys.map((one) => ({ ...one, ...until }))),
    ],
  };
}

const inForce = (authority: AuthorityTarget) => mesh.apply([{ kind: 'Authority', authority }]);
const signsWith = () => n3.role.authority()?.certificatePem;
const tokenKid = () => {
  const signer = n3.role.tokenSigner();
  return signer.ok ? signer.value.kid : undefined;
};

describe('the next keys of an authority', () => {
  test('sign nothing before they are in force', async () => {
    const before = [signsWith(), tokenKid()];
    await prepare();
    hasArrived = true;
    succession.follow();
    expect([signsWith(), tokenKid()]).toEqual(before);
    expect(told).toBe(0);
  });

  test('sign under what an enterprise made of them, also after a restart', async () => {
    const now = mesh.clock.now();
    const life = { notBefore: now - HOUR_MS, notAfter: now + 1_000 * HOUR_MS };
    const root = await makeUpCa({ subject: 'CN=Enterprise Root', ...life });
    const target = await rotated(now + HOUR_MS);
    const pem = await signRequest((await nextKeys(n3.directory)).csrPem, root, now);
    const [, ...before] = target.certificates;
    await inForce({ ...target, certificates: [{ pem, chainPem: [root.pem] }, ...before] });
    hasArrived = true;
    succession.follow();
    expect(signsWith()).toBe(pem);
    expect(readCertificates(nodeSpace(n3.directory.store))).toEqual({
      current: pem,
      next: undefined,
    });
    const expected = idOf('spiffe://shop.example/ns/shop/sa/web');
    const csrDer = createCsr(generatePrivateKey('p256'), expected);
    const issued = await n3.role
      .authority()
      ?.issue({ csrDer, expected, node: n3.name, trustVersion: 1, lifeMs: HOUR_MS });
    const leaf =
      issued?.ok === true ? certificateDer(issued.value.chainPem[0] ?? '') : new Uint8Array();
    expect(verifySvid(leaf, n3.role.bundle(), { now }).ok).toBe(true);
  });

  test('sign once all living members enforce the set that names them, and not sooner', async () => {
    const before = [signsWith(), tokenKid()];
    const target = await rotated(mesh.clock.now() + HOUR_MS);
    await inForce(target);
    succession.follow();
    expect([signsWith(), tokenKid()]).toEqual(before);
    hasArrived = true;
    succession.follow();
    expect([signsWith(), tokenKid()]).toEqual([
      target.certificates[0]?.pem,
      target.tokenKeys[0]?.kid,
    ]);
    expect(told).toBe(1);
    succession.follow();
    expect(told).toBe(1);
  });

  test.each([
    ['five minutes, when somebody lags', HOUR_MS, 5 * MINUTE_MS],
    ['half of what the old ones have left, when that is sooner', MINUTE_MS, MINUTE_MS / 2],
  ])('sign at the latest after %s', async (_, leftMs, latestMs) => {
    const before = signsWith();
    const target = await rotated(mesh.clock.now() + leftMs);
    await inForce(target);
    succession.follow();
    mesh.clock.advance(latestMs - 1);
    expect(signsWith()).toBe(before as string);
    mesh.clock.advance(1);
    expect(signsWith()).toBe(target.certificates[0]?.pem as string);
  });

  test('sign at once where the old ones are out at once', async () => {
    const target = await rotated();
    await inForce(target);
    expect(n3.role.authority()).toBeUndefined();
    succession.follow();
    expect(signsWith()).toBe(target.certificates[0]?.pem as string);
  });

  test('are forgotten by nobody when the change never comes: the next attempt has the same ones', async () => {
    const [one, other] = [await prepare(), await prepare()];
    expect(other.certificatePem).toBe(one.certificatePem);
  });
});

describe('keys on their way out', () => {
  test('sign nothing that outlives their time', async () => {
    const untilMs = mesh.clock.now() + HOUR_MS;
    await inForce(await rotated(untilMs));
    const { name: node, publicKey } = n3;
    const wanted = { node, publicKey, epoch: 1, lifeMs: 24 * HOUR_MS };
    expect(n3.role.authority()?.issueCredential(wanted).expiresAt).toBe(untilMs);
  });

  test('are known to nodes as such, with the time when they end', async () => {
    const untilMs = mesh.clock.now() + HOUR_MS;
    await inForce(await rotated(untilMs));
    const ofN3 = mesh.n1.role.signers().filter(({ node }) => node === n3.name);
    expect(ofN3.map((key) => key.untilMs)).toEqual([undefined, untilMs]);
  });
});

test('an authority that is limited to a namespace signs for its workloads, for no node, and takes nobody in', async () => {
  const limited = { ...authorityTarget(n3.directory), namespaces: ['edge'] as never };
  await inForce(limited);
  const issuer = (path: string) => n3.role.issuer(`spiffe://shop.example${path}` as never);
  expect(issuer('/ns/edge/sa/web')).toMatchObject({ ok: true });
  expect(issuer('/ns/shop/sa/web')).toMatchObject({ ok: false });
  expect(issuer('/node/n1')).toMatchObject({ ok: false });
  expect(n3.role.nodeAuthority()).toBeUndefined();
  expect(mesh.n1.role.signers().map(({ node }) => node)).toEqual([mesh.n1.name]);
});

import { beforeEach, describe, expect, test } from 'bun:test';
import { refusalOf } from '../core/testing/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { type CredentialFollower, CredentialKeeper } from './credential-keeper.ts';
import { readCredential, writeCredential } from './data-directory.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let mesh: TestMesh;
let n2: TestMember;
beforeEach(async () => {
  mesh = await TestMesh.found();
  n2 = await mesh.member('n2');
});

const followedBy = (renewed: () => unknown = () => undefined): CredentialFollower => ({
  renewed: () => void renewed(),
  outdated: () => undefined,
});

const keeperOf = (member: TestMember): CredentialKeeper =>
  new CredentialKeeper({
    clock: member.clock,
    random: member.random,
    log: member.log,
    directory: member.directory,
    bundle: () => member.role.bundle(),
    signers: () => member.role.signers(),
    issueOwn: (publicKey) =>
      member.role.authority()?.issueCredential({
        ...member.directory.identity,
        publicKey,
        lifeMs: DAY_MS,
      }).credential,
  });

const issuedBy = (authority: TestMember, member: TestMember, lifeMs = DAY_MS): Uint8Array =>
  authority.ca.issueCredential({
    node: member.name,
    publicKey: member.publicKey,
    epoch: 1,
    lifeMs,
  }).credential;

describe('at start', () => {
  test('the stored credential is shown, and says who signs records', () => {
    const keeper = keeperOf(n2);
    expect(keeper.bytes).toEqual(readCredential(n2.directory.store) ?? new Uint8Array());
    expect(keeper.writer()).toMatchObject({ node: 'n2', publicKey: n2.publicKey });
    expect(keeper.writer().credential()).toMatchObject({ epoch: 1 });
    expect(keeper.problem()).toBeUndefined();
  });

  test('a writer’s credential is judged as of the time in question, for a withdrawal that outlives it', () => {
    const { bytes, credential, publicKey, verifyWriter } = keeperOf(n2);
    mesh.clock.advance(8 * DAY_MS);
    expect(verifyWriter(bytes, publicKey, credential.expiresAt - 1).ok).toBe(true);
    expect(verifyWriter(bytes, publicKey, mesh.clock.now()).ok).toBe(false);
  });

  test('without one the directory is damaged', () => {
    n2.directory.store.space('node').delete('credential');
    expect(refusalOf(() => keeperOf(n2)).code).toBe('DATA_DIRECTORY_DAMAGED');
  });

  test('with one for another key the directory is damaged', () => {
    writeCredential(n2.directory.store, issuedBy(mesh.n1, mesh.n1));
    expect(refusalOf(() => keeperOf(n2)).code).toBe('DATA_DIRECTORY_DAMAGED');
  });

  test('with one that has ended, the person is asked for the clock before all else', () => {
    mesh.clock.advance(8 * DAY_MS);
    const { code, message, remedy } = refusalOf(() => keeperOf(n2));
    expect(code).toBe('CREDENTIAL_EXPIRED');
    expect(message).toContain('by this host’s clock it is');
    expect(remedy).toStartWith('Check the clock');
    expect(remedy).toContain('selvage token create --name');
  });

  test('an authority that slept too long gives itself the next one', () => {
    mesh.clock.advance(30 * DAY_MS);
    const keeper = keeperOf(mesh.n1);
    expect(keeper.credential.expiresAt).toBe(mesh.clock.now() + DAY_MS);
    expect(readCredential(mesh.n1.directory.store)).toEqual(keeper.bytes);
  });

  test('a clock that is behind is blamed, not the directory', () => {
    mesh.clock.jump(mesh.clock.now() - 2 * HOUR_MS);
    expect(refusalOf(() => keeperOf(n2)).code).toBe('CLOCK_FAR_OFF');
    mesh.clock.jump(0);
    const { code, message } = refusalOf(() => keeperOf(n2));
    expect([code, message]).toEqual(['CLOCK_FAR_OFF', expect.stringContaining('1970')]);
  });

  test('an authority that is out of force upholds nothing', async () => {
    const n3 = await mesh.member('n3');
    await mesh.addAuthority(n3);
    writeCredential(n2.directory.store, issuedBy(n3, n2));
    expect(keeperOf(n2).problem()).toBeUndefined();
    await mesh.apply([], ['authorities/n3.json']);
    expect(refusalOf(() => keeperOf(n2)).code).toBe('CREDENTIAL_WITHDRAWN');
  });
});

describe('renewal', () => {
  test('comes at half-life, is on disk before it is used, and goes on', async () => {
    const keeper = keeperOf(n2);
    const given: Uint8Array[] = [];
    let renewed = 0;
    keeper.start(
      async () => {
        const next = issuedBy(mesh.n1, n2);
        given.push(next);
        return next;
      },
      followedBy(() => renewed++),
    );
    mesh.clock.advance(3 * DAY_MS);
    expect(given).toHaveLength(0);
    mesh.clock.advance(DAY_MS); // half of 7 days, ± 10 %
    await eventually('the first renewal', () => renewed === 1);
    expect(keeper.bytes).toEqual(given[0] ?? new Uint8Array());
    expect(readCredential(n2.directory.store)).toEqual(keeper.bytes);
    mesh.clock.advance(DAY_MS);
    await eventually('the second renewal', () => renewed === 2);
    keeper.stop();
    mesh.clock.advance(DAY_MS);
    expect(given).toHaveLength(2);
  });

  test('that fails is tried again, more and more slowly, and loses nothing', async () => {
    const keeper = keeperOf(n2);
    const before = keeper.bytes;
    let asked = 0;
    keeper.start(async () => {
      asked++;
      throw new Error('nobody there');
    }, followedBy());
    const failures = () => n2.log.lines.filter(({ level }) => level === 'warn').length;
    mesh.clock.advance(4 * DAY_MS);
    for (let failed = 1; failed <= 12; failed++) {
      await eventually(`failure ${failed}`, () => failures() === failed);
      mesh.clock.advance(30_000);
    }
    expect(asked).toBeGreaterThanOrEqual(12);
    expect(keeper.bytes).toEqual(before);
    expect(n2.log.lines.at(-1)?.fields).toMatchObject({ left: expect.stringMatching(/d/) });
    keeper.stop();
  });

  test('counts though nobody can be told of it: a full disk asks no authority for more', async () => {
    const keeper = keeperOf(n2);
    let asked = 0;
    keeper.start(
      async () => {
        asked++;
        return issuedBy(mesh.n1, n2);
      },
      followedBy(() => {
        throw new Error('the disk is full');
      }),
    );
    mesh.clock.advance(4 * DAY_MS);
    const lines = (level: string) => n2.log.lines.filter((line) => line.level === level);
    await eventually('it was renewed', () => lines('error').length === 1);
    mesh.clock.advance(10 * 60_000);
    expect(lines('warn')).toEqual([]);
    expect(asked).toBe(1);
    mesh.clock.advance(DAY_MS);
    await eventually('it is renewed again', () => lines('error').length === 2);
    expect(asked).toBe(2);
    keeper.stop();
  });

  test('does not take a credential for another node or from a stranger', async () => {
    const stranger = (await TestMesh.found()).n1;
    const n3 = await mesh.member('n3');
    for (const bad of [issuedBy(mesh.n1, n3), issuedBy(stranger, n2), new Uint8Array(8)]) {
      const keeper = keeperOf(n2);
      const before = keeper.bytes;
      const failed = n2.log.lines.length;
      keeper.start(async () => bad, followedBy());
      mesh.clock.advance(3.9 * DAY_MS);
      await eventually('the refusal', () => n2.log.lines.length > failed);
      expect(n2.log.lines.at(-1)?.fields).toMatchObject({ error: { code: 'CREDENTIAL_UNUSABLE' } });
      expect(keeper.bytes).toEqual(before);
      keeper.stop();
      mesh.clock.jump(mesh.clock.now() - 3.9 * DAY_MS);
    }
  });

  test('comes at once when its authority is out of force', async () => {
    const n3 = await mesh.member('n3');
    await mesh.addAuthority(n3);
    writeCredential(n2.directory.store, issuedBy(n3, n2));
    const keeper = keeperOf(n2);
    let renewed = 0;
    keeper.start(
      async () => issuedBy(mesh.n1, n2),
      followedBy(() => renewed++),
    );
    keeper.followTrust();
    mesh.clock.advance(0);
    expect(renewed).toBe(0);
    await mesh.apply([], ['authorities/n3.json']);
    keeper.followTrust();
    mesh.clock.advance(0);
    await eventually('the renewal', () => renewed === 1);
    expect(keeper.problem()).toBeUndefined();
    keeper.stop();
  });
});

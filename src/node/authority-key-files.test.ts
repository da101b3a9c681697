import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { X509Certificate } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PrivateKey, publicKeyOf, publicKeySha256 } from '../crypto/index.ts';
import { realClock, realRandom } from '../platform/index.ts';
import type { AuthorityKeys } from './authority-keys.ts';
import { type DataDirectory, dataPaths, openDataDirectory } from './data-directory.ts';
import { fillDataDirectory, ownCertificate } from './new-node.ts';

let folder: string;
let dataDir: string;
let directory: DataDirectory;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'selvage-keys-'));
  dataDir = join(folder, 'n1');
  directory = await fillDataDirectory(dataDir, identity);
});
afterEach(() => {
  directory.store.close();
  rmSync(folder, { recursive: true });
});

const identity = { trustDomain: 'shop.example', node: 'n1', epoch: 1 } as never; // labels, by inspection

const certificateFor = (key: PrivateKey<'p256'>) =>
  ownCertificate(directory.identity, key, realClock.now(), realRandom);
const prepare = () => directory.signing.prepare(certificateFor);

/** What another start of the node, after `crash` did what it does to the files, would sign with. */
function afterRestart(crash: (paths: ReturnType<typeof dataPaths>) => void = () => undefined) {
  directory.store.close();
  crash(dataPaths(dataDir));
  directory = openDataDirectory(dataDir);
  return directory.signing;
}

const named = (key: PrivateKey<'p256'> | undefined): string | undefined =>
  key && publicKeySha256(publicKeyOf(key));

const facts = ({ current, next }: AuthorityKeys) => ({
  current: [named(current.authority), current.certificatePem, named(current.token)],
  next: next && [named(next.authority), next.certificatePem, named(next.token)],
});

describe('certificates that nobody listed', () => {
  const MONTH_MS = 30 * 86_400_000;
  const freshen = (months: number, listed: readonly string[] = []) => {
    const now = realClock.now() + months * MONTH_MS;
    directory.signing.freshen(listed, now, (key) =>
      ownCertificate(directory.identity, key, now, realRandom),
    );
  };

  test('begin anew once half of their life is over, for the same keys, also after a restart', async () => {
    await prepare();
    const before = facts(directory.signing);
    freshen(5);
    expect(facts(directory.signing)).toEqual(before);
    freshen(7);
    const after = facts(directory.signing);
    const [key, pem, token] = after.current;
    expect([key, token]).toEqual([before.current[0], before.current[2]]);
    expect([pem === before.current[1], after.next?.[1] === before.next?.[1]]).toEqual([
      false,
      false,
    ]);
    expect(after.next?.[0]).toBe(before.next?.[0]);
    expect(facts(afterRestart())).toEqual(after);
    freshen(11);
    expect(facts(directory.signing)).toEqual(after);
  });

  test('begin anew once the clock is right that was years ahead when they were made', async () => {
    await prepare();
    const before = facts(directory.signing);
    freshen(120);
    const ahead = facts(directory.signing);
    expect(ahead.current[1]).not.toBe(before.current[1]);
    freshen(0);
    const after = facts(directory.signing);
    for (const pem of [after.current[1], after.next?.[1]]) {
      const certificate = new X509Certificate(pem ?? '');
      expect(Date.parse(certificate.validFrom)).toBeLessThanOrEqual(realClock.now());
    }
    expect([after.current[0], after.next?.[0]]).toEqual([before.current[0], before.next?.[0]]);
  });

  test('are no others while the governors list them', () => {
    const before = facts(directory.signing);
    freshen(11, [directory.signing.current.certificatePem]);
    expect(facts(directory.signing)).toEqual(before);
  });
});

describe('the next keys', () => {
  test('are made once, by several who ask at one time too, and are there after a restart', async () => {
    const [one, other] = await Promise.all([prepare(), prepare()]);
    expect(other.certificatePem).toBe(one.certificatePem);
    const before = facts(directory.signing);
    expect(statSync(dataPaths(dataDir).nextAuthorityKey).mode & 0o777).toBe(0o600);
    expect(facts(afterRestart())).toEqual(before);
    expect((await prepare()).certificatePem).toBe(one.certificatePem);
  });

  test('are forgotten where a crash came before anybody could hear of them', async () => {
    const before = facts(directory.signing);
    await prepare();
    directory.store.space('node').delete('authority-next-certificate'); // written last
    expect(facts(afterRestart())).toEqual(before);
    expect(readdirSync(join(dataDir, 'keys')).filter((name) => name.includes('next'))).toEqual([]);
  });

  test('are in use once promoted, and the old ones are gone from the disk', async () => {
    const next = await prepare();
    directory.signing.promote();
    const promoted = facts(directory.signing);
    expect(promoted).toEqual({
      current: [named(next.authority), next.certificatePem, named(next.token)],
      next: undefined,
    });
    expect(facts(afterRestart())).toEqual(promoted);
    expect(readdirSync(join(dataDir, 'keys')).sort()).toEqual([
      'authority.key',
      'node.key',
      'online.key',
      'token.key',
    ]);
  });
});

describe('a crash while they are promoted', () => {
  test('when only the tokens’ key was moved, leaves them still to be promoted', async () => {
    const next = await prepare();
    const { authority, certificatePem } = directory.signing.current;
    const signing = afterRestart(({ nextTokenKey, tokenKey }) => moveOver(nextTokenKey, tokenKey));
    expect(facts(signing)).toEqual({
      current: [named(authority), certificatePem, named(next.token)],
      next: [named(next.authority), next.certificatePem, named(next.token)],
    });
    signing.promote();
    expect(named(afterRestart().current.authority)).toBe(named(next.authority));
  });

  test('when both keys were moved and the certificate was not, is finished at the next start', async () => {
    const next = await prepare();
    const signing = afterRestart((paths) => {
      moveOver(paths.nextTokenKey, paths.tokenKey);
      moveOver(paths.nextAuthorityKey, paths.authorityKey);
    });
    const whole = {
      current: [named(next.authority), next.certificatePem, named(next.token)],
      next: undefined,
    };
    expect(facts(signing)).toEqual(whole);
    expect(facts(afterRestart())).toEqual(whole);
  });
});

test('a certificate whose key was lost is dropped, and new keys are made', async () => {
  const lost = await prepare();
  expect(afterRestart(({ nextAuthorityKey }) => rmSync(nextAuthorityKey)).next).toBeUndefined();
  expect((await prepare()).certificatePem).not.toBe(lost.certificatePem);
});

function moveOver(from: string, to: string): void {
  cpSync(from, to);
  rmSync(from);
}

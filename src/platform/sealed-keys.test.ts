import { afterAll, expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKeyFile, readKeyFile, readSecretFile, writeKeyFile } from './key-files.ts';
import { sealText } from './sealed-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'selvage-sealed-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pem = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const sealed = await sealText(pem, 'correct horse battery');
const sealedPath = join(folder, 'ada.key');
writeKeyFile(sealedPath, sealed);

function file(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
  return path;
}

const open = (path: string, passphrase = 'correct horse battery') =>
  openKeyFile(path, 'ed25519', async () => passphrase);

test('a sealed key opens with its passphrase, and says nothing of itself without', async () => {
  expect(await open(sealedPath)).toBe(pem);
  expect(sealed).toStartWith('-----BEGIN AGE ENCRYPTED FILE-----');
  expect(sealed).not.toContain(pem.split('\n')[1] ?? '');
});

test('a wrong passphrase is told from a damaged file', async () => {
  await expect(open(sealedPath, 'wrong horse battery')).rejects.toMatchObject({
    code: 'PASSPHRASE_WRONG',
    message: `the passphrase does not open ${sealedPath}`,
  });
  const cut = file('cut.key', sealed.slice(0, 300));
  await expect(open(cut)).rejects.toMatchObject({ code: 'KEY_FILE_UNUSABLE' });
});

test('a file that is encrypted for somebody’s key opens with no passphrase', async () => {
  const { armor, Encrypter, generateX25519Identity, identityToRecipient } = await import(
    'age-encryption'
  );
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()));
  const path = file('foreign.key', armor.encode(await encrypter.encrypt(pem)));
  await expect(open(path)).rejects.toMatchObject({
    code: 'KEY_FILE_UNUSABLE',
    message: expect.stringContaining('not with a passphrase'),
  });
});

test('nobody is asked for the passphrase of a key that has none', async () => {
  const path = file('plain.key', pem);
  const asked = openKeyFile(path, 'ed25519', async () => {
    throw new Error('it asked');
  });
  expect(await asked).toBe(pem);
});

test('what is sealed must be a key of the right kind', async () => {
  const path = file('text.key', await sealText('a shopping list', 'correct horse battery'));
  await expect(open(path)).rejects.toMatchObject({ code: 'KEY_FILE_UNUSABLE' });
});

test('a node, which can ask nobody, says so of a sealed key', () => {
  expect(() => readKeyFile(sealedPath, 'ed25519')).toThrow('nobody can be asked for one here');
});

test('the first line of a secret file counts, and only if it is private', () => {
  expect(readSecretFile(file('passphrase', 'correct horse\r\nmore\n'))).toBe('correct horse');
  expect(() => readSecretFile(file('open', 'correct horse', 0o644))).toThrow('has mode 0644');
});

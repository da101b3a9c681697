import { afterAll, expect, test } from 'bun:test';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { MeshOnDisk } from './mesh-on-disk.ts';
import { PersonAtTerminal } from './person-at-terminal.ts';

/** What a person at a terminal sees of passphrases, with real processes. */
const PASSPHRASE = 'correct horse battery';
const mesh = new MeshOnDisk();
afterAll(() => mesh.close());
const key = mesh.path('ada.key');

test('a passphrase is typed twice, unseen, and opens the key that it sealed', async () => {
  const making = new PersonAtTerminal(['governor', 'new', 'ada', '--out', key]);
  await making.answer('passphrase for the new key', `wrong\u0015${PASSPHRASE}x\u007f\r`);
  await making.answer('the same again: ', `${PASSPHRASE}\r`);
  expect(await making.end()).toBe(0);
  expect(making.seen).not.toContain('horse');
  const found = ['--trust-domain', 'typed.example', '--data', mesh.path('n1')];
  const founding = new PersonAtTerminal(['init', ...found, '--governor-key', key]);
  await founding.answer(`passphrase of ${key}: `, `${PASSPHRASE}\r`);
  expect(await founding.end()).toBe(0);
  expect(founding.seen).toContain('mesh typed.example is founded');
  expect(JSON.parse(readFileSync(`${key}.mesh`, 'utf8'))).toMatchObject({ rootVersion: 1 });
}, 120_000);

test('Ctrl-C at the question ends the command, and nothing was made', async () => {
  const out = mesh.path('bob.key');
  const making = new PersonAtTerminal(['governor', 'new', 'bob', '--out', out]);
  await making.answer('passphrase for the new key', 'half\u0003');
  expect(await making.end()).toBe(130);
  expect(existsSync(out)).toBe(false);
});

test('without a terminal the passphrase comes from a private file, or not at all', async () => {
  rmSync(`${key}.mesh`, { force: true }); // the key founds another mesh, and that one is no more
  const found = ['--trust-domain', 'piped.example', '--data', mesh.path('n2')];
  const nobody = await mesh.run('init', ...found, '--governor-key', key);
  expect([nobody.code, nobody.errors]).toEqual([2, expect.stringContaining('PASSPHRASE_NEEDED')]);
  expect(existsSync(mesh.path('n2'))).toBe(false);
  const file = mesh.path('passphrase');
  writeFileSync(file, `${PASSPHRASE}\n`, { mode: 0o600 });
  await mesh.must('init', ...found, '--governor-key', key, '--passphrase-file', file);
}, 120_000);

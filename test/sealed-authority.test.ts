import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { until } from './hello-mesh.ts';
import { MeshOnDisk, PORTS } from './mesh-on-disk.ts';
import { PersonAtTerminal } from './person-at-terminal.ts';

/** An authority whose CA key lies encrypted on its disk, with real processes. */
setDefaultTimeout(120_000);

const PASSPHRASE = 'correct horse battery';
const mesh = new MeshOnDisk();
const data = ['--data', mesh.path('n1')];
const keyFile = (name: string) => readFileSync(mesh.path('n1', 'keys', name), 'utf8');
const secret = mesh.path('passphrase');
afterAll(() => mesh.close());

test('it starts with its passphrase, typed or from a file, and keeps its next key sealed too', async () => {
  const key = ['--governor-key', mesh.path('governor.key'), '--no-passphrase'];
  await mesh.must('init', '--trust-domain', 'sealed.example', ...data, ...key);
  writeFileSync(secret, `${PASSPHRASE}\n`, { mode: 0o600 });
  await mesh.must('authority', 'seal', ...data, '--passphrase-file', secret);
  expect(keyFile('authority.key')).toStartWith('-----BEGIN AGE ENCRYPTED FILE-----');
  const twice = await mesh.run('authority', 'seal', ...data, '--passphrase-file', secret);
  expect([twice.code, twice.errors]).toEqual([2, expect.stringContaining('KEY_SEALED_ALREADY')]);

  const nobody = await mesh.run('node', ...data, '--listen', mesh.host(1), ...PORTS);
  expect([nobody.code, nobody.errors]).toEqual([2, expect.stringContaining('PASSPHRASE_NEEDED')]);
  expect(nobody.errors).toContain('--authority-passphrase-file');

  const opened = ['--authority-passphrase-file', secret];
  const first = await mesh.startNode('n1', mesh.host(1), ...opened);
  const signed = ['--key', mesh.path('governor.key'), ...data, '--yes'];
  await mesh.must('authority', 'rotate', '--retire-after', '10m', ...signed);
  await until('it signs with its next key', () =>
    first.written().includes('authority signs with its next keys'),
  );
  expect(keyFile('authority.key')).toStartWith('-----BEGIN AGE ENCRYPTED FILE-----');
  await first.stop();

  const typing = new PersonAtTerminal(['node', ...data, '--listen', mesh.host(1), ...PORTS]);
  await typing.answer('passphrase of ', `${PASSPHRASE}\r`);
  await until('it serves', () => typing.seen.includes('node started'));
  expect(typing.seen).not.toContain('horse');
  const status = JSON.parse(await mesh.must('status', ...data, '-o', 'json'));
  expect(status.authority).toBe('yes');
  typing.stop();
  expect(await typing.end()).toBe(0);
});

test('a wrong passphrase starts nothing', async () => {
  writeFileSync(mesh.path('wrong'), 'something else\n', { mode: 0o600 });
  const wrong = ['--authority-passphrase-file', mesh.path('wrong')];
  const { code, errors } = await mesh.run(
    'node',
    ...data,
    '--listen',
    mesh.host(1),
    ...PORTS,
    ...wrong,
  );
  expect([code, errors]).toEqual([expect.any(Number), expect.stringContaining('PASSPHRASE_WRONG')]);
  expect(code).not.toBe(0);
});

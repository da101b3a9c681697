import { afterAll, describe, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalOf } from '../core/testing/index.ts';
import { readKeyFile, writeKeyFile } from './key-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'selvage-key-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
const text = pem.toString();

function file(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
  return path;
}

describe('a key file', () => {
  test.skipIf(process.getuid?.() !== 0)('that its reader may not read is told by its path', () => {
    chmodSync(folder, 0o711);
    const path = file('of-root.key', text);
    process.seteuid?.(65_534);
    try {
      const refusal = refusalOf(() => readKeyFile(path, 'ed25519'));
      expect(refusal).toMatchObject({ code: 'FILE_UNREADABLE', message: `${path} cannot be read` });
      expect(refusal.remedy).toContain('permissions');
    } finally {
      process.seteuid?.(0);
    }
  });

  test('is written with mode 0600, nothing beside it, and read back', () => {
    const place = mkdtempSync(join(folder, 'fresh-'));
    writeKeyFile(join(place, 'node.key'), text);
    expect(statSync(join(place, 'node.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(place)).toEqual(['node.key']);
    expect(readKeyFile(join(place, 'node.key'), 'ed25519')).toBe(text);
  });

  test('is never replaced', () => {
    const path = file('old.key', 'precious');
    expect(refusalOf(() => writeKeyFile(path, text))).toMatchObject({ code: 'KEY_FILE_EXISTS' });
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test.each([0o640, 0o604, 0o620, 0o601])(
    'of mode %o is refused, with the command that mends it',
    (mode) => {
      const path = file(`mode-${mode}.key`, text, mode);
      const refusal = refusalOf(() => readKeyFile(path, 'ed25519'));
      expect(refusal.code).toBe('KEY_FILE_OPEN_TO_OTHERS');
      expect(refusal.remedy).toContain(`chmod 600 ${path}`);
    },
  );

  test.each([
    ['empty', '', 'the file is empty'],
    ['cut off', text.slice(0, 60), 'it is cut off'],
    ['damaged', text.replace(/\n.{20}/, '\nAAAA'), 'its PEM block is damaged'],
    ['something else', 'hello', 'it has no PKCS8 PEM block'],
    ['large', 'x'.repeat(20_000), '20000 bytes'],
  ])('that is %s is refused, saying so', (name, content, reason) => {
    const refusal = refusalOf(() => readKeyFile(file(`bad-${name}.key`, content), 'ed25519'));
    expect(refusal.code).toBe('KEY_FILE_UNUSABLE');
    expect(refusal.message).toContain(reason);
  });

  test('of another kind is refused, naming both kinds', () => {
    const refusal = refusalOf(() => readKeyFile(file('kind.key', text), 'p256'));
    expect(refusal.message).toContain('it is of kind ed25519, expected is p256');
  });

  test('that is a pipe is refused, and nobody waits for its writer', () => {
    const path = join(folder, 'pipe.key');
    expect(spawnSync('mkfifo', ['-m', '600', path]).status).toBe(0);
    const program = `import { readKeyFile } from './key-files.ts';
      try { readKeyFile(process.argv.at(-1), 'ed25519'); } catch (error) { console.log(error.code, error.message); }`;
    const { stdout } = spawnSync(process.execPath, ['-e', program, path], {
      cwd: import.meta.dir,
      timeout: 10_000,
    });
    expect(stdout.toString()).toBe(
      `KEY_FILE_UNUSABLE ${path} is no usable private key: it is no regular file\n`,
    );
  });

  test('that is missing is said to be missing', () => {
    const refusal = refusalOf(() => readKeyFile(join(folder, 'none.key'), 'ed25519'));
    expect(refusal.code).toBe('FILE_MISSING');
  });
});

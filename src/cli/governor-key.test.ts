import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Scene } from './testing/index.ts';

const PASSPHRASE = 'correct horse battery';

describe('a key of a governor', () => {
  const scene = new Scene();
  afterAll(() => scene.end());
  const bob = scene.path('bob.key');

  beforeAll(async () => {
    const secrets = [PASSPHRASE, PASSPHRASE];
    const made = await scene.run(['governor', 'new', 'bob', '--out', bob], { secrets });
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/^bob ed25519:[0-9a-f]{64}\n$/);
    expect(made.errors).toContain(`hand ${bob}.pub to the governors`);
    expect(made.asked).toEqual([]);
  });

  test('is sealed in a file for its owner alone, and its public half can be handed around', () => {
    expect(statSync(bob).mode & 0o777).toBe(0o600);
    expect(readFileSync(bob, 'utf8')).toStartWith('-----BEGIN AGE ENCRYPTED FILE-----');
    expect(readFileSync(`${bob}.pub`, 'utf8')).toMatch(/^bob ed25519:/);
  });

  test('is never written over another, nor beside the public half of one', async () => {
    const again = ['governor', 'new', 'bob', '--out', bob, '--no-passphrase'];
    expect((await scene.run(again)).errors).toContain('bob.key exists already');
    scene.file('dan.key.pub', 'precious');
    const beside = ['governor', 'new', 'dan', '--out', scene.path('dan.key'), '--no-passphrase'];
    expect((await scene.run(beside)).errors).toContain('dan.key.pub exists already');
    expect(existsSync(scene.path('dan.key'))).toBe(false);
  });

  test('is not mistaken for its public half, which signs nothing', async () => {
    const remove = ['governor', 'remove', 'ada', '--key', `${bob}.pub`];
    const { code, errors } = await scene.run(remove);
    expect(code).toBe(2);
    expect(errors).toContain('bob.key.pub is the public half, which signs nothing');
    expect(errors).toEndWith('bob.key\n');
  });

  test('opens with its passphrase, typed or from a private file', async () => {
    const add = ['governor', 'add', `${bob}.pub`, ...scene.as('ada'), '--yes'];
    expect((await scene.run(add)).out).toContain('+ governor bob');
    const remove = ['governor', 'remove', 'ada', '--key', bob, '--dry-run'];
    const typed = await scene.run(remove, { secrets: [PASSPHRASE] });
    expect([typed.code, typed.errors]).toEqual([0, `passphrase of ${bob}: `]);
    const file = scene.file('passphrase', `${PASSPHRASE}\n`);
    const open = await scene.run([...remove, '--passphrase-file', file]);
    expect(open.errors).toContain('KEY_FILE_OPEN_TO_OTHERS');
  });

  test('does not open with another one, and what to do then is said', async () => {
    const remove = ['governor', 'remove', 'ada', '--key', bob];
    const { code, errors } = await scene.run(remove, { secrets: ['wrong horse battery'] });
    expect(code).toBe(3);
    expect(errors).toContain(`the passphrase does not open ${bob}`);
    expect(errors).toContain('selvage governor rotate');
  });

  test('cannot be opened or sealed where nobody can be asked, and the flags for that are said', async () => {
    const remove = await scene.run(['governor', 'remove', 'ada', '--key', bob]);
    expect([remove.code, remove.errors]).toEqual([2, expect.stringContaining('--passphrase-file')]);
    const made = await scene.run(['governor', 'new', 'eve', '--out', scene.path('eve.key')]);
    expect([made.code, made.errors]).toEqual([2, expect.stringContaining('--no-passphrase')]);
  });

  test('gets no passphrase that is short, or that was typed in two ways', async () => {
    const make = ['governor', 'new', 'eve', '--out', scene.path('eve.key')];
    const short = await scene.run(make, { secrets: ['horse'] });
    expect(short.errors).toContain('fewer than 10 characters');
    const differing = await scene.run(make, { secrets: [PASSPHRASE, 'correct horse batter'] });
    expect(differing.errors).toContain('the two passphrases differ');
    expect(existsSync(scene.path('eve.key'))).toBe(false);
  });

  test('is asked for by its public half, and the private one given instead is not shown', async () => {
    const swapped = await scene.run(['governor', 'add', scene.path('ada.key'), '--yes']);
    expect(swapped.code).toBe(2);
    expect(swapped.errors).toContain('ada.key:1: it is the private half');
    const nothing = await scene.run(['governor', 'add', scene.file('x.pub', 'ada 3b6a')]);
    expect(nothing.errors).toContain("x.pub:1: it is no public key: write one line, '<name> ed");
  });
});

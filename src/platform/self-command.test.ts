import { expect, test } from 'bun:test';
import { constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENTRY = join(import.meta.dir, 'self-command.ts');

test('a program whose file was replaced is found where it was, and as it was', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'selvage-self-'));
  const copy = join(directory, 'runtime');
  copyFileSync(process.execPath, copy, constants.COPYFILE_FICLONE);
  const script = `
    const { sameCommand, selfCommand } = await import(${JSON.stringify(ENTRY)});
    require('node:fs').rmSync(${JSON.stringify(copy)});
    const same = Bun.spawnSync([sameCommand()[0], '--version']).stdout.toString().trim();
    console.log(selfCommand()[0], same);
  `;
  const child = Bun.spawn([copy, '--eval', script], { stdout: 'pipe', stderr: 'inherit' });
  expect((await new Response(child.stdout).text()).trim()).toBe(`${copy} ${Bun.version}`);
  rmSync(directory, { recursive: true });
});

import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHostTool } from './host-tools.ts';

const path = process.env.PATH ?? '';
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-tools-'));
  process.env.PATH = directory;
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(directory, { recursive: true });
});

/** An `nft` that does as it is told here: hosts differ in what theirs would say. */
const install = (script: string): void =>
  writeFileSync(join(directory, 'nft'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

test('what a tool writes is the answer', async () => {
  install('echo "$1 $2"');
  expect(await runHostTool('nft', ['list', 'tables; $(id)'])).toBe('list tables; $(id)\n');
});

test('a tool that is not there is named with its package', async () => {
  await expect(runHostTool('nft', [])).rejects.toMatchObject({
    code: 'TOOL_MISSING',
    remedy: expect.stringContaining('package nftables'),
  });
});

test.each([
  'Operation not permitted (you must be root)',
  'mount --make-shared /run/netns failed: Operation not permitted',
  'Cannot open network namespace: Permission denied',
])('a tool that says %j needs root', async (said) => {
  install(`echo "${said}" >&2; exit 1`);
  await expect(runHostTool('nft', [])).rejects.toMatchObject({
    code: 'ROOT_NEEDED',
    message: expect.stringContaining(said),
  });
});

test('what the kernel lacks is said in the words of the tool', async () => {
  install('echo "Error: Could not process rule: Operation not supported" >&2; exit 1');
  await expect(runHostTool('nft', [])).rejects.toMatchObject({
    code: 'TOOL_FAILED',
    message: "'nft' ended with 1: Error: Could not process rule: Operation not supported",
    remedy: expect.stringContaining('nft_redir'),
  });
});

import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeName, TrustDomain } from '../core/index.ts';
import { announceNode, findNodes, type NodeNote, runtimeDirectory } from './index.ts';

let directory = '';
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'selvage-run-')), 'nodes');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const note = (node: string, pid = process.pid): NodeNote => ({
  trustDomain: 'shop.example' as TrustDomain, // a trust domain, by inspection
  node: node as NodeName, // a label, by inspection
  pid,
  adminSocket: `/srv/${node}/admin.sock`,
});

/** A process id that was used and is free again. */
async function endedPid(): Promise<number> {
  const child = Bun.spawn(['true']);
  await child.exited;
  return child.pid;
}

test('a running node is found until it takes its note away', () => {
  const withdraw = announceNode(note('n1'), directory);
  announceNode(note('n2'), directory);
  expect(findNodes(directory)).toEqual([note('n1'), note('n2')]);
  withdraw();
  expect(findNodes(directory)).toEqual([note('n2')]);
});

test('a directory that nobody made yet holds no nodes', () => {
  expect(findNodes(directory)).toEqual([]);
});

test('the note of a node that was killed is ignored and removed', async () => {
  announceNode(note('n1', await endedPid()), directory);
  expect(findNodes(directory)).toEqual([]);
  expect(existsSync(join(directory, 'shop.example.n1.json'))).toBe(false);
});

test('a stopped node leaves the note of the one that took its name', () => {
  const withdraw = announceNode(note('n1'), directory);
  announceNode(note('n1', process.ppid), directory);
  withdraw();
  expect(findNodes(directory)).toEqual([note('n1', process.ppid)]);
});

test('what no node wrote is left alone', () => {
  announceNode(note('n1'), directory);
  writeFileSync(join(directory, 'broken.json'), '{"trustDomain":');
  writeFileSync(join(directory, 'other.json'), '{"trustDomain":"UPPER","node":"n1","pid":1}');
  expect(findNodes(directory)).toEqual([note('n1')]);
  expect(existsSync(join(directory, 'other.json'))).toBe(true);
});

test('the directory is private, and one that others can write to is refused', () => {
  announceNode(note('n1'), directory);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  chmodSync(directory, 0o777);
  expect(() => findNodes(directory)).toThrow('is not private');
  expect(() => announceNode(note('n1'), directory)).toThrow('is not private');
});

test('the directory is the named one, else the session’s, else one of this user in /tmp', () => {
  const base = { pid: 1, uid: 7, directory: '/', args: [] };
  const named = { SELVAGE_RUNTIME_DIR: '/x', XDG_RUNTIME_DIR: '/run/user/7' };
  expect(runtimeDirectory({ ...base, environment: named })).toBe('/x');
  const session = { SELVAGE_RUNTIME_DIR: '', XDG_RUNTIME_DIR: '/run/user/7' };
  expect(runtimeDirectory({ ...base, environment: session })).toBe('/run/user/7/selvage');
  expect(runtimeDirectory({ ...base, environment: {} })).toBe('/tmp/selvage-7');
});

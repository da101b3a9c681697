import { expect, test } from 'bun:test';
import { GovernedMesh } from '../testing/governed-mesh.ts';
import { opened } from '../testing/mesh.ts';
import { parseRoot, parseSnapshot, parseTargets } from './metadata.ts';
import { onlineKeysOf } from './root.ts';
import { readTargetList } from './target-list.ts';

const { root, targets, snapshot } = opened(new GovernedMesh().founded);

const unsigned = (signed: object): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ signatures: [], signed }));
const problem = (read: { ok: true } | { ok: false; error: string }): string =>
  read.ok ? 'it was read' : read.error;
const many = (count: number, value: object): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, value]));

const KEY = { keytype: '', scheme: '', keyval: {} };

test('what nobody signed cannot hold a node by how much there is to read of it', () => {
  const list = targets.signed.toJSON();
  const delegations = { keys: many(1_025, KEY), roles: [] };
  expect(problem(parseTargets(unsigned({ ...list, delegations })))).toContain('1025 keys of teams');
  expect(problem(parseRoot(unsigned({ ...root.signed.toJSON(), keys: many(257, KEY) })))).toContain(
    '257 keys; at most 256',
  );
  const roles = many(257, { keyids: [], threshold: 1 });
  expect(problem(parseRoot(unsigned({ ...root.signed.toJSON(), roles })))).toContain('257 roles');
  const meta = many(513, { version: 1 });
  expect(problem(parseSnapshot(unsigned({ ...snapshot.signed.toJSON(), meta })))).toContain(
    '513 files',
  );
});

test('what nests too deep to be spelled again is refused, and brackets in text are no depth', () => {
  const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  const list = targets.signed.toJSON();
  expect(problem(parseTargets(unsigned({ ...list, x: nested(1_000) })))).toContain('deep');
  expect(problem(parseTargets(unsigned({ ...list, x: nested(31) })))).toContain('deep');
  expect(parseTargets(unsigned({ ...list, x: nested(30) })).ok).toBe(true);
  expect(parseTargets(unsigned({ ...list, x: '\\"[[{'.repeat(100) })).ok).toBe(true);
});

test('an entry that is called as what all objects have is looked at like any other', () => {
  const list = '{"signatures":[],"signed":{"_type":"targets","targets":{"__proto__":{}}}}';
  const read = readTargetList(new TextEncoder().encode(list));
  expect(problem(read)).toBe('targets lists something without a SHA-256');
});

test('a byte order mark is refused here as it is by the library', () => {
  const marked = new TextEncoder().encode(`\ufeff${JSON.stringify(snapshot.toJSON())}`);
  expect(parseSnapshot(marked).ok).toBe(false);
});

test('a key id that every object has is nobody’s key', () => {
  const signed = root.signed.toJSON();
  const odd = { keyids: ['constructor', '__proto__'], threshold: 1 };
  const read = parseRoot(
    unsigned({ ...signed, roles: { ...Object(signed.roles), timestamp: odd } }),
  );
  expect(read.ok && onlineKeysOf(read.value)).toEqual([]);
});

import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  listNamespaces,
  makeNamespace,
  removeNamespace,
  writeNamespaceFiles,
} from './named-namespaces.ts';
import { CANNOT_MAKE_NAMESPACES } from './testing/index.ts';

const name = `selvage-test-${process.pid}-named`;

describe.skipIf(CANNOT_MAKE_NAMESPACES)('a named namespace (needs root, ip and nft)', () => {
  test('is on the list until its name is taken away, by whoever is first', async () => {
    await makeNamespace(name);
    expect(listNamespaces()).toContain(name);
    await Promise.all([removeNamespace(name), removeNamespace(name)]);
    expect(listNamespaces()).not.toContain(name);
  });

  test('cannot be made twice', async () => {
    await makeNamespace(name);
    await expect(makeNamespace(name)).rejects.toMatchObject({ code: 'TOOL_FAILED' });
    await removeNamespace(name);
  });

  test('takes its files away with its name', async () => {
    await makeNamespace(name);
    const directory = writeNamespaceFiles(name, { hosts: '127.80.0.1 web.default.mesh\n' });
    expect(readFileSync(join(directory, 'hosts'), 'utf8')).toContain('web.default.mesh');
    await removeNamespace(name);
    expect(existsSync(directory)).toBe(false);
  });
});

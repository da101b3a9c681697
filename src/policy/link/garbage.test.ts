import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { policySources } from '../../../bench/policy-set.ts';
import { cedarWasm } from '../../platform/cedar-wasm.ts';
import { loadCedar } from '../cedar.ts';
import { compilePolicies } from '../compile-policies.ts';

const CHILD = join(import.meta.dir, '../../../bench/deciding-child.ts');
const DECISIONS = 2_000_000;

test('two million permitted decisions on distinct paths need no garbage collection', async () => {
  const compiled = compilePolicies({ cedar: loadCedar(cedarWasm()), policies: policySources(50) });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const child = Bun.spawn([process.execPath, CHILD, String(DECISIONS)], {
    // The runtime then logs each collection; the first comes after 8 MiB, four bytes a decision.
    env: { ...process.env, BUN_JSC_logGC: '1' },
    stdout: 'ignore',
    stdin: new Blob([JSON.stringify(compiled.value.program)]),
    stderr: 'pipe',
  });
  const log = await new Response(child.stderr).text();
  expect(await child.exited).toBe(0);
  const [, between] = /start of decisions\n([\s\S]*)end of decisions/.exec(log) ?? [];
  expect(between).toBe('');
}, 60_000);

import { expect, test } from 'bun:test';
import { garbageIn } from '../../../bench/garbage.ts';
import { policySources } from '../../../bench/policy-set.ts';
import { cedarWasm } from '../../platform/cedar-wasm.ts';
import { loadCedar } from '../cedar-on-demand.ts';
import { compilePolicies } from '../compile-policies.ts';

const DECISIONS = 2_000_000;

test('two million permitted decisions on distinct paths need no garbage collection', async () => {
  const compiled = compilePolicies({ cedar: loadCedar(cedarWasm()), policies: policySources(50) });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const program = JSON.stringify(compiled.value.program);
  // The runtime collects for the first time after 8 MiB: four bytes a decision.
  const { bytes } = await garbageIn('deciding-child.ts', [String(DECISIONS)], program);
  expect(bytes).toBe(0);
}, 60_000);

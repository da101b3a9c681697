import { expect, test } from 'bun:test';
import type { ServiceKey, SpiffeId, TrustDomain } from '../core/index.ts';
import { cedarWasm, realClock } from '../platform/index.ts';
import { compilePolicies, type DecisionProgram, loadCedar } from '../policy/index.ts';
import { recordingLog } from '../ports/testing/index.ts';
import { PolicyKeeper } from './policy-keeper.ts';

const shop = 'shop.example' as TrustDomain; // a trust domain, by inspection
const REQUEST = {
  principal: 'spiffe://shop.example/ns/default/sa/client' as SpiffeId,
  resource: 'default/web' as ServiceKey,
  sourceIp: '127.0.0.1',
  action: 'connect',
  protocol: 'tcp',
} as const;

function programOf(text: string): DecisionProgram {
  const policies = [{ name: 'test', text }];
  const compiled = compilePolicies({ cedar: loadCedar(cedarWasm()), policies });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value.program;
}

test('a program decides once it is linked, and the next one takes its place', async () => {
  const keeper = new PolicyKeeper(realClock, recordingLog());
  expect(keeper.engine).toBeUndefined();
  await keeper.take(shop, 'a', programOf('permit(principal, action, resource);'));
  expect(keeper.engine?.decide(REQUEST).allowed).toBe(true);
  await keeper.take(shop, 'b', programOf(''));
  expect(keeper.engine?.decide(REQUEST).allowed).toBe(false);
});

test('a program of another version leaves the last one in force, and says so', async () => {
  const log = recordingLog();
  const keeper = new PolicyKeeper(realClock, log);
  const program = programOf('permit(principal, action, resource);');
  await keeper.take(shop, 'a', program);
  await keeper.take(shop, 'b', { ...program, version: 99 });
  expect(keeper.engine?.decide(REQUEST).allowed).toBe(true);
  expect(keeper.problemWith('b')).toContain('99');
  expect(log.lines.at(-1)?.level).toBe('error');
  expect(keeper.problemWith('a')).toBeUndefined();
});

test('going back to the policies that decide already ends the problem of those between', async () => {
  const keeper = new PolicyKeeper(realClock, recordingLog());
  const program = programOf('permit(principal, action, resource);');
  await keeper.take(shop, 'a', program);
  await keeper.take(shop, 'b', { ...program, version: 99 });
  await keeper.take(shop, 'a', program);
  expect(keeper.problemWith('a')).toBeUndefined();
  expect(keeper.problemWith('b')).toBe('the policies that the node named did not come');
});

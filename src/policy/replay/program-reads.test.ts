import { expect, test } from 'bun:test';
import { cedarWasm } from '../../platform/cedar-wasm.ts';
import { loadCedar } from '../cedar-on-demand.ts';
import { compilePolicies } from '../compile-policies.ts';
import { programReads } from './program-reads.ts';

const HEADERS = ['x-tenant', 'x-flag', 'x-other'];

function readsOf(condition: string) {
  const text = `permit(principal, action in Action::"http", resource) when { ${condition} };`;
  const policies = [{ name: 'p', text }];
  const compiled = compilePolicies({ cedar: loadCedar(cedarWasm()), policies, headers: HEADERS });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const { headers, groups, claims } = programReads(compiled.value.program);
  return { headers: [...headers].toSorted(), groups: [...groups].toSorted(), claims };
}

const NOTHING = { headers: [], groups: [], claims: false };

test('what policies read is told by name, and nothing else is', () => {
  expect(readsOf('context.path like "/a/*" && context.sourceIp.isLoopback()')).toEqual(NOTHING);
  expect(
    readsOf(
      'context.headers has "x-tenant" && context.headers has "x-flag" && context.headers["x-flag"] == "on"',
    ),
  ).toEqual({ ...NOTHING, headers: ['x-flag', 'x-tenant'] });
});

test('groups that are named are told, also in sets and in what is not the user alone', () => {
  expect(
    readsOf('context has user && context.user in [Group::"idp|staff", Group::"idp|ops"]'),
  ).toEqual({ ...NOTHING, groups: ['idp|ops', 'idp|staff'] });
  expect(readsOf('context has user && context.user is User in Group::"idp|a"')).toEqual({
    ...NOTHING,
    groups: ['idp|a'],
  });
});

test('a question for a claim is told, whichever it is', () => {
  expect(readsOf('context has user && context.user.hasTag("email")')).toEqual({
    ...NOTHING,
    claims: true,
  });
});

test('headers that are taken as one value are all read', () => {
  expect(readsOf('[context.headers].contains(context.headers)')).toEqual({
    ...NOTHING,
    headers: HEADERS.toSorted(),
  });
});

import { expect, test } from 'bun:test';
import { cedarWasm } from '../platform/cedar-wasm.ts';
import { loadCedar } from './cedar-on-demand.ts';
import { compilePolicies } from './compile-policies.ts';

const cedar = loadCedar(cedarWasm());

test('policies compile to plain data, and each can be found again in its file', () => {
  const text =
    '@id("read") permit(principal, action, resource);\n@mode("audit") forbid(principal, action, resource);';
  const compiled = compilePolicies({
    cedar,
    policies: [{ name: 'p', text }],
    headers: ['x-b', 'x-a'],
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const { program, policies } = compiled.value;
  expect(JSON.parse(JSON.stringify(program))).toEqual(program);
  expect(program.headers).toEqual(['x-a', 'x-b']);
  expect(program.policies.map(({ id, audit }) => [id, audit, policies.get(id)?.line])).toEqual([
    ['p#2', true, 2],
    ['read', undefined, 1],
  ]);
});

test('a policy that cannot be compiled is refused where it stands, as one of a wrong type is', () => {
  const set = `[${'1,'.repeat(250)}].contains(context.risk)`;
  const text = `permit(principal, action, resource);\npermit(principal, action, resource) when { ${Array(9).fill(set).join(' || ')} };`;
  const compiled = compilePolicies({ cedar, policies: [{ name: 'p', text }] });
  expect(compiled).toEqual({
    ok: false,
    error: [
      {
        file: 'p.cedar',
        line: 2,
        column: 1,
        message: expect.stringContaining('more than 2048 operators'),
      },
    ],
  });
});

test('integers beyond 2^53 reach the program exactly', () => {
  const text = 'permit(principal, action, resource) when { context.risk < 9007199254740993 };';
  const compiled = compilePolicies({ cedar, policies: [{ name: 'p', text }] });
  const condition = compiled.ok && compiled.value.program.policies[0]?.condition;
  expect(JSON.stringify(condition)).toContain('{"op":"literal","value":2097152}');
});

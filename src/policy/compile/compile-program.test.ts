import { expect, test } from 'bun:test';
import { cedarWasm } from '../../platform/cedar-wasm.ts';
import { loadCedar } from '../cedar-on-demand.ts';
import { HTTP_METHODS } from '../schema.ts';
import type { Json, JsonObject } from './cedar-json.ts';
import { compileProgram } from './compile-program.ts';
import { withExactLongs } from './exact-longs.ts';
import { MAX_NODES } from './expression.ts';

const cedar = loadCedar(cedarWasm());
const facts = { context: [], actions: [], headers: [] };
const scope = { op: 'All' };
const policy = (over: JsonObject): JsonObject => ({
  effect: 'permit',
  principal: scope,
  action: scope,
  resource: scope,
  conditions: [],
  ...over,
});
const when = (body: Json): JsonObject => policy({ conditions: [{ kind: 'when', body }] });

test('what this version does not know is refused with the policy’s id, not left out', () => {
  const value = { Value: true };
  const strange: readonly (readonly [string, JsonObject])[] = [
    ["'%' is not known", when({ '%': { left: value, right: value } })],
    ["'__proto__' is not known", when(JSON.parse('{"__proto__": []}'))],
    ['is no expression', when({})],
    ['is no expression', when({ Value: 1, Var: 'context' })],
    ['"world" is not known', when({ Var: 'world' })],
    ['no safe integer', when({ Value: 2 ** 53 })],
    ['2 arguments where 1 belong', when({ ip: [value, value] })],
    ['the clause "while"', policy({ conditions: [{ kind: 'while', body: value }] })],
    ['the effect "maybe"', policy({ effect: 'maybe' })],
    ['scope operator "near"', policy({ principal: { op: 'near' } })],
    ['slot of a template', policy({ principal: { op: '==', slot: '?principal' } })],
    ['the mode "dream"', policy({ annotations: { mode: 'dream' } })],
    ['has an object', policy({ principal: null })],
  ];
  for (const [message, json] of strange) {
    const compiled = compileProgram(
      [
        { id: 'p', json },
        { id: 'good', json: policy({}) },
      ],
      facts,
    );
    expect(compiled).toEqual({
      ok: false,
      error: [{ id: 'p', message: expect.stringContaining(message) }],
    });
  }
});

test('a policy that would cost too much is refused, its clauses counted together', () => {
  const half: Json = { Set: Array.from({ length: MAX_NODES / 2 - 1 }, (_, n) => ({ Value: n })) };
  const clauses = (...bodies: readonly Json[]) =>
    policy({ conditions: bodies.map((body) => ({ kind: 'unless', body })) });
  const compiled = (json: JsonObject) => compileProgram([{ id: 'p', json }], facts).ok;
  expect([compiled(clauses(half, half)), compiled(clauses(half, half, { Value: 1 }))]).toEqual([
    true,
    false,
  ]);
});

test('policies stand in the order of their ids, and those in audit mode say so', () => {
  const policies = [
    { id: 'b', json: policy({ annotations: { mode: 'audit' } }) },
    { id: 'a', json: policy({ annotations: { mode: 'enforce' } }) },
  ];
  const compiled = compileProgram(policies, facts);
  expect(compiled.ok && compiled.value.policies.map(({ id, audit }) => [id, audit])).toEqual([
    ['a', undefined],
    ['b', true],
  ]);
});

test('integers that JavaScript would round are written apart, and nothing else is', () => {
  const same = [
    '9007199254740991',
    '"9223372036854775807"',
    '// 9223372036854775807\n1',
    'a9007199254740993x',
    '"\\"9223372036854775807"',
  ];
  for (const text of same) expect(withExactLongs(text)).toBe(text);
  expect(withExactLongs('1 - 9007199254740993')).toBe('1 - (2097152 * 4294967296 + 1)');
  expect(withExactLongs('- //\n 9223372036854775808')).toBe('(-2147483648 * 4294967296)');
});

test('the facts of the schema are every action with its groups, and every attribute of a context', () => {
  const { context, actions } = cedar.schemaFacts();
  expect(context).toContain('sourceIp');
  expect(context).toContain('path');
  const inHttp = actions.filter(({ ancestors }) => ancestors.some(({ id }) => id === 'http'));
  expect(inHttp.map(({ id }) => id).toSorted()).toEqual(
    HTTP_METHODS.map((method) => `http:${method}`).toSorted(),
  );
  expect(actions.map(({ id }) => id)).toContain('connect');
});

import { expect, test } from 'bun:test';
import { formatProblem } from '../core/index.ts';
import { cedarWasm } from '../platform/cedar-wasm.ts';
import { loadCedar } from './index.ts';
import { readPolicySet } from './policy-set.ts';
import { policySchema } from './schema.ts';
import { statementsOf } from './statements.ts';
import { checkPolicies } from './testing/check-policies.ts';

const cedar = loadCedar(cedarWasm());
const problems = (...texts: string[]): string[] =>
  checkPolicies(
    cedar,
    texts.map((text, index) => ({ name: `p${index}`, text })),
  ).map(formatProblem);

test('a file is cut at the semicolons that end policies, not at those in strings and comments', () => {
  const text =
    '// a; b\npermit(principal, action, resource) when { resource.name == "x;\\";" }; // c;\n  forbid(a); junk';
  expect(statementsOf(text).map(({ line, column }) => [line, column])).toEqual([
    [2, 1],
    [3, 3],
    [3, 14],
  ]);
  expect(statementsOf(' \n// nothing\n')).toEqual([]);
  expect(statementsOf(`"${'\\"'.repeat(100_000)}`)).toHaveLength(1);
});

test('each wrong policy of each file is reported with its place, also behind other alphabets', () => {
  expect(
    problems(
      '// é\n/* é */ permit(principal, action, resource);\npermit(principal action, resource);',
      'permit(principal, action == Action::"http:GET", resource)\n  when { "é" == "é" && context.pth == "/" };',
      'forbid(principal == Servce::"a/b", action, resource);',
    ),
  ).toEqual([
    'p0.cedar:2:4: invalid token',
    'p0.cedar:3:18: unexpected token `action`, expected `!=`, `)`, `,`, `:`, `<`, `<=`, `==`, `>`, `>=`, `in`, or `is`',
    'p1.cedar:2:24: attribute `pth` in context for Action::"http:GET" not found, did you mean `path`?',
    'p2.cedar:1:21: unrecognized entity type `Servce`, did you mean `Service`?',
  ]);
});

test('a policy that can never apply is a problem', () => {
  expect(problems('permit(principal == Namespace::"shop", action, resource);')).toEqual([
    expect.stringContaining('p0.cedar:1:1: policy is impossible'),
    expect.stringContaining('p0.cedar:1:1: unable to find an applicable action'),
  ]);
});

test('an annotation that might change what a policy means is refused, a description is not', () => {
  expect(problems('\n@priority("1") forbid(principal, action, resource);')).toEqual([
    'p0.cedar:2:1: the annotation @priority is not known to this version, and the policy would be enforced without it: take it out (@id, @description, @mode are known)',
  ]);
  expect(problems('@mod("audit") forbid(principal, action, resource);')).toEqual([
    'p0.cedar:1:1: the annotation @mod is not known to this version, did you mean @mode?',
  ]);
  const described = '@id("all") @description("for a test") permit(principal, action, resource);';
  expect(problems(described)).toEqual([]);
});

test('a mode that is none is a problem with the one that was meant', () => {
  expect(problems('@mode("adit") forbid(principal, action, resource);')).toEqual([
    `p0.cedar:1:1: 'adit' is no mode, did you mean @mode("audit")? (without @mode a policy is enforced)`,
  ]);
  expect(problems('@mode forbid(principal, action, resource);')).toHaveLength(1);
  expect(problems('@mode("enforce") forbid(principal, action, resource);')).toEqual([]);
});

test('a question for what the context never has is told with what was meant', () => {
  expect(
    problems('permit(principal, action, resource)\nwhen { "é" == "é" && context has usr };'),
  ).toEqual(["p0.cedar:2:34: the context has no 'usr': did you mean 'user'?"]);
  expect(problems('permit(principal, action, resource) when { context has zzzzzzzz };')).toEqual([
    expect.stringContaining("the context has no 'zzzzzzzz': it has sourceIp, port,"),
  ]);
});

test('a mistake that Cedar finds at every action is told once', () => {
  expect(
    problems('permit(principal, action in Action::"http", resource) when { context.pth == "/" };'),
  ).toEqual([
    'p0.cedar:1:62: attribute `pth` in context for Action::"http:CONNECT" and 9 more not found, did you mean `path`?',
  ]);
});

test('headers that the settings do not name are unknown, with the nearest that they do', () => {
  const text =
    'permit(principal, action in Action::"http", resource) when { context.headers has "x-tenant" && context.headers["x-tenent"] == "a" };';
  const files = [{ name: 'p', text }];
  expect(checkPolicies(cedar, files, policySchema(['x-tenant'])).map(formatProblem)).toEqual([
    "p.cedar:1:113: the header 'x-tenent' is not among the policyHeaders of the MeshSettings: did you mean 'x-tenant'?",
  ]);
  const right = [{ name: 'p', text: text.replace('x-tenent', 'x-tenant') }];
  expect(checkPolicies(cedar, right, policySchema(['x-tenant', 'x-a']))).toEqual([]);
  expect(checkPolicies(cedar, right).map(formatProblem)).toEqual([
    "p.cedar:1:83: the header 'x-tenant' is not among the policyHeaders of the MeshSettings: name it there first",
  ]);
});

const when = (condition: string): string =>
  `permit(principal, action, resource) when { ${condition} };`;
const nested = (depth: number): string => `${'('.repeat(depth)}true${')'.repeat(depth)}`;
const oneOf = (count: number): string =>
  `[${Array.from({ length: count }, (_, index) => index).join()}].contains(context.risk)`;

test('a policy that costs too much is refused with its cost, before it can harm the engine', () => {
  const costly: [condition: string, said: string][] = [
    [`context.protocol == "${'a'.repeat(20_000)}"`, ' characters'],
    [nested(150), '151 nested brackets'],
    [`context.risk${' + 1'.repeat(3_000)} == 0`, ' operators'],
    [`context.risk${' + 1'.repeat(200)} == 0`, ' nested operators'],
    [`context.protocol like "${'*a'.repeat(17)}"`, "17 wildcards ('*')"],
    [oneOf(257), '257 members in one set'],
    [Array.from({ length: 9 }, () => oneOf(250)).join(' || '), 'operators and literals'],
  ];
  for (const [condition, said] of costly) {
    expect(problems(when(condition))).toEqual([expect.stringContaining(said)]);
  }
  for (const condition of [
    nested(30),
    `true${' && true'.repeat(120)}`,
    `context.protocol like "${'*a'.repeat(16)}"`,
    `context.protocol like "${'\\*'.repeat(100)}"`,
    `context.protocol == "${'((('.repeat(1_000)}" // ${'((('.repeat(1_000)}\n`,
    oneOf(256),
  ]) {
    expect(problems(when(condition))).toEqual([]);
  }
});

test('a template is refused, and says why', () => {
  expect(problems('\npermit(principal == ?principal, action, resource);')).toEqual([
    expect.stringContaining('p0.cedar:2:21: a template: nothing fills its slot'),
  ]);
});

test('a policy is known by its @id, else by its file and number', () => {
  const set = readPolicySet(cedar, [
    {
      name: 'web',
      path: 'shop/web.cedar',
      text: '@id("read")\npermit(principal, action, resource);\n\nforbid(principal, action == Action::"connect", resource);',
    },
  ]);
  expect(set.ok && [...set.value.policies.values()]).toEqual([
    { id: 'read', effect: 'permit', mode: 'enforce', file: 'shop/web.cedar', line: 1 },
    { id: 'web#2', effect: 'forbid', mode: 'enforce', file: 'shop/web.cedar', line: 4 },
  ]);
});

test('an id twice, an unusable id, and a file name twice are problems', () => {
  const all = 'permit(principal, action, resource);';
  expect(problems(`@id("a") ${all}`, `@id("a") ${all}`)).toEqual([
    'p1.cedar:1:1: the policy id \'a\' is taken by p0.cedar:1; give this one another @id("…")',
  ]);
  for (const id of ['@id', '@id("")', '@id("a b")', '@id("a\\nb")', `@id("${'a'.repeat(129)}")`]) {
    expect(problems(`${id} ${all}`)).toEqual([expect.stringContaining('is no policy id')]);
  }
  const twice = [
    { name: 'a', text: all },
    { name: 'a', text: '' },
  ];
  expect(checkPolicies(cedar, twice).map(formatProblem)).toEqual([
    "a.cedar: a second file named 'a': give it another name",
  ]);
});

test('what Object.prototype holds is no policy and no annotation', () => {
  const text = '@id("constructor") permit(principal, action, resource);';
  expect(problems(text, 'permit(principal, action, resource);')).toEqual([]);
  expect(problems('@id("__proto__") permit(principal, action, resource);')).toHaveLength(1);
});

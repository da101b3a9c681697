import { expect, test } from 'bun:test';
import { formatProblem } from '../core/index.ts';
import { cedarWasm } from '../platform/cedar-wasm.ts';
import { checkPolicies, loadCedar } from './index.ts';
import { readPolicySet } from './policy-file.ts';
import { statementsOf } from './statements.ts';

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
  expect(problems('\n@mode("audit") forbid(principal, action, resource);')).toEqual([
    'p0.cedar:2:1: the annotation @mode is not known to this version, and the policy would be enforced without it: take it out (@id and @description are known)',
  ]);
  const described = '@id("all") @description("for a test") permit(principal, action, resource);';
  expect(problems(described)).toEqual([]);
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
    { id: 'read', effect: 'permit', file: 'shop/web.cedar', line: 1 },
    { id: 'web#2', effect: 'forbid', file: 'shop/web.cedar', line: 4 },
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

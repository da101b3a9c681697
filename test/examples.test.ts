import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runPolicyTests } from '../src/cli/policy-tests/index.ts';
import { readTable } from '../src/cli/policy-tests/test-table.ts';
import { DEFAULT_NAMESPACE, parseTrustDomain } from '../src/core/index.ts';
import { parseResources, type SourceFile } from '../src/governance/index.ts';
import { cedarWasm } from '../src/platform/index.ts';
import { loadCedar, policySchema } from '../src/policy/index.ts';
import { checkPolicies } from '../src/policy/testing/check-policies.ts';
import { fencesOf } from './fences.ts';

const root = resolve(import.meta.dir, '..');
const RESOURCE_FILE = /(?<!\.test)\.(ya?ml|cedar)$/;

/** All that `selvage apply` would find wrong with these files; empty when it would take them. */
function problemsOf(files: readonly SourceFile[]): readonly unknown[] {
  const trustDomain = parseTrustDomain('shop.example');
  if (!trustDomain.ok) return [trustDomain.error];
  const context = { trustDomain: trustDomain.value, namespace: DEFAULT_NAMESPACE };
  const resources = parseResources(files, context);
  if (!resources.ok) return resources.error;
  if (resources.value.length < files.length) return ['a file holds no resource'];
  const policies = resources.value.flatMap((resource) =>
    resource.kind === 'Policy' ? [resource.policy] : [],
  );
  const headers = resources.value.flatMap((resource) =>
    resource.kind === 'MeshSettings' ? resource.settings.policyHeaders : [],
  );
  return checkPolicies(loadCedar(cedarWasm()), policies, policySchema(headers));
}

for (const example of readdirSync(join(root, 'examples'))) {
  test(`examples/${example} would be applied as it stands`, () => {
    const directory = join(root, 'examples', example);
    const files = readdirSync(directory)
      .filter((name) => RESOURCE_FILE.test(name))
      .map((name) => ({ path: name, text: readFileSync(join(directory, name), 'utf8') }));
    expect(files.length).toBeGreaterThan(0);
    expect(problemsOf(files)).toEqual([]);
  });
}

test('every table of the examples holds, and there is one', () => {
  const directories = readdirSync(join(root, 'examples')).map((name) =>
    join(root, 'examples', name),
  );
  const reports = runPolicyTests(directories);
  expect(reports.length).toBeGreaterThan(0);
  expect(reports.flatMap(({ differences }) => differences)).toEqual([]);
});

test('what the guide of gRPC and WebSocket shows of its example is what stands there', () => {
  const guide = fencesOf(readFileSync(join(root, 'docs/guides/grpc-and-websocket.md'), 'utf8'));
  const example = join(root, 'examples/grpc-and-websocket/client.cedar');
  const shown = guide.filter(({ language }) => language === 'cedar');
  expect(shown).toHaveLength(2);
  for (const { text } of shown) expect(readFileSync(example, 'utf8')).toContain(text);
});

test('what the guide of policies shows of the example is what stands there', () => {
  const guide = fencesOf(readFileSync(join(root, 'docs/guides/policies.md'), 'utf8'));
  const standsIn = (name: string) => readFileSync(join(root, 'examples/policies', name), 'utf8');
  const policies = ['calls.cedar', 'people.cedar'].map(standsIn).join('\n');
  const shown = guide.filter(({ language }) => language === 'cedar');
  expect(shown.length).toBeGreaterThan(0);
  for (const { text } of shown) expect(policies).toContain(text);
  for (const { text } of guide.filter(({ language }) => language === 'yaml')) {
    expect(readTable({ path: 'guide.test.yaml', text })).toMatchObject({ ok: true });
  }
});

const reference = fencesOf(readFileSync(join(root, 'docs/reference/resources.md'), 'utf8'));

for (const { language, text, line } of reference) {
  test(`the ${language} of docs/reference/resources.md:${line} would be applied as it stands`, () => {
    const path = language === 'cedar' ? 'example.cedar' : 'example.yaml';
    expect(problemsOf([{ path, text }])).toEqual([]);
  });
}

test('the reference of resources shows every kind', () => {
  const kinds = reference.map(({ language, text }) => /^kind: (\w+)$/m.exec(text)?.[1] ?? language);
  expect(kinds).toEqual([
    'Service',
    'Registration',
    'RequestAuthentication',
    'cedar',
    'NodeAttestation',
    'Revocation',
    'MeshSettings',
    'cedar',
  ]);
});

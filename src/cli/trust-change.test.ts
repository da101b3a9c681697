import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { createGovernorKey, encodeFiles, signerOf } from '../governance/index.ts';
import { GovernedNode, Scene } from './testing/index.ts';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

const HELLO = `apiVersion: selvage.dev/v1alpha1
kind: Service
metadata: { name: web }
spec: { protocol: http }
`;
const PERMIT = '@id("all") permit(principal, action, resource);\n';

test('apply shows the change, publishes it, and says who was told', async () => {
  scene.file('hello.cedar', PERMIT);
  scene.file('hello.yaml', HELLO);
  scene.file('README.md', 'not a resource');
  const { code, out } = await scene.run(['apply', '-f', scene.directory, ...scene.as('ada')]);
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    '+ service default/web (http)',
    '+ policy hello',
    expect.stringMatching(/^published version 2, digest [0-9a-f]{64}; sent to n2$/),
    '',
  ]);
  expect(scene.node.inForce.policies).toEqual([{ name: 'hello', text: PERMIT, since: '2' }]);
});

test('applying the same again changes nothing and publishes nothing', async () => {
  const path = scene.file('hello.yaml', HELLO);
  await scene.run(['apply', '-f', path, ...scene.as('ada')]);
  const { code, out } = await scene.run(['apply', '-f', path, ...scene.as('ada')]);
  expect(code).toBe(0);
  expect(out).toBe('nothing to change: version 2 says all of it\n');
});

test('a dry run, and an answer that is no yes, publish nothing', async () => {
  const path = scene.file('hello.yaml', HELLO);
  const dry = await scene.run(['apply', '-f', path, '--dry-run', ...scene.as('ada')]);
  expect(dry.out).toContain('+ service default/web');
  const refused = await scene.run(['apply', '-f', path, ...scene.as('ada')], { answer: 'n' });
  expect(refused.code).toBe(3);
  expect(scene.node.inForce.version).toBe(1);
  const agreed = await scene.run(['apply', '-f', path, ...scene.as('ada')], { answer: 'y' });
  expect(agreed.code).toBe(0);
  expect(scene.node.inForce.version).toBe(2);
});

test('every mistake of every file is listed with its place before anything is signed', async () => {
  scene.file('a.yaml', HELLO.replace('http', 'htpp'));
  const { code, errors } = await scene.run(['apply', '-f', scene.directory, ...scene.as('ada')]);
  expect(code).toBe(2);
  expect(errors).toContain(
    "a.yaml:4:19: spec.protocol is 'htpp': write one of http, http2, grpc, tcp, udp, auto",
  );
  expect(errors).toContain('error[INPUT_INVALID]: 1 mistake');
  expect(scene.node.inForce.version).toBe(1);
});

test('a directory without resources is told from files without them', async () => {
  mkdirSync(scene.path('below'));
  const none = await scene.run(['apply', '-f', scene.path('below'), ...scene.as('ada')]);
  expect(none.errors).toContain('directories below it are not searched');
  const empty = await scene.run([
    'apply',
    '-f',
    scene.file('empty.yaml', '# later\n'),
    ...scene.as('ada'),
  ]);
  expect(empty.errors).toMatch(/no resource stands in .*empty\.yaml/);
});

test('a policy that is wrong, or that takes the id of one in force, is refused', async () => {
  await scene.run(['apply', '-f', scene.file('hello.cedar', PERMIT), ...scene.as('ada')]);
  const clash = await scene.run([
    'apply',
    '-f',
    scene.file('other.cedar', PERMIT),
    ...scene.as('ada'),
  ]);
  expect(clash.code).toBe(2);
  expect(clash.errors).toContain("'all'");
  const wrong = await scene.run([
    'apply',
    '-f',
    scene.file('bad.cedar', 'permit(principal, action'),
    ...scene.as('ada'),
  ]);
  expect(wrong.code).toBe(2);
  expect(wrong.errors).toMatch(/bad\.cedar:1:\d+: /);
  expect(scene.node.inForce.version).toBe(2);
});

test('a table beside the policies that does not hold is refused before anything is signed', async () => {
  const path = scene.file('hello.cedar', PERMIT);
  const table = (outcome: string) =>
    `apiVersion: selvage.dev/v1alpha1\nkind: PolicyTest\ncases:\n  - { from: a, to: web, expect: ${outcome} }\n`;
  scene.file('hello.test.yaml', table('deny'));
  for (const target of [path, scene.directory]) {
    const { code, errors } = await scene.run(['apply', '-f', target, ...scene.as('ada')]);
    expect(code).toBe(3);
    expect(errors).toContain('hello.test.yaml:4:33: case 1: expected deny, but it is allowed by');
    expect(errors).toContain('error[POLICY_TEST_FAILED]');
  }
  expect(scene.node.inForce.version).toBe(1);
  scene.file('hello.test.yaml', table('allow'));
  expect((await scene.run(['apply', '-f', scene.directory, ...scene.as('ada')])).code).toBe(0);
});

test('a header is named before a policy reads it, and as long as one does', async () => {
  const policy =
    'permit(principal, action in Action::"http", resource) when { context.headers has "x-a" };';
  const settings = (list: string) =>
    `apiVersion: selvage.dev/v1alpha1\nkind: MeshSettings\nspec: { policyHeaders: ${list} }\n`;
  scene.file('a.cedar', policy);
  expect((await scene.run(['apply', '-f', scene.directory, ...scene.as('ada')])).code).toBe(2);
  scene.file('mesh.yaml', settings('[x-a]'));
  const { code, out } = await scene.run(['apply', '-f', scene.directory, ...scene.as('ada')]);
  expect([code, out]).toEqual([0, expect.stringContaining('policyHeaders: none → x-a')]);
  const gone = await scene.run([
    'apply',
    '-f',
    scene.file('mesh.yaml', settings('[]')),
    ...scene.as('ada'),
  ]);
  expect([gone.code, gone.errors]).toEqual([2, expect.stringContaining('a.cedar (in force)')]);
});

test('delete takes out what a name or a file says, and suggests the name that was meant', async () => {
  const path = scene.file('hello.yaml', HELLO);
  await scene.run([
    'apply',
    '-f',
    path,
    '-f',
    scene.file('hello.cedar', PERMIT),
    ...scene.as('ada'),
  ]);
  const typo = await scene.run(['delete', 'service', 'wbe', ...scene.as('ada')]);
  expect(typo.code).toBe(2);
  expect(typo.errors).toContain('Did you mean default/web?');
  const stranger = await scene.run(['delete', 'service', 'warehouse', ...scene.as('ada')]);
  expect(stranger.errors).toContain('Correct its name or --namespace.');
  expect((await scene.run(['delete', 'policy', 'hello', ...scene.as('ada')])).out).toContain(
    '- policy hello',
  );
  expect((await scene.run(['delete', '-f', path, ...scene.as('ada')])).out).toContain(
    '- service default/web',
  );
  expect(scene.node.inForce).toMatchObject({ services: [], policies: [], version: 4 });
});

test('an authority is added with the fingerprint that a person can compare', async () => {
  const { code, out } = await scene.run(['authority', 'add', 'n2', ...scene.as('ada')]);
  expect(code).toBe(0);
  expect(out).toMatch(/certificate of n2: SHA-256 [0-9a-f]{64}/);
  expect(out).toContain('+ authority n2');
  expect(scene.node.inForce).toMatchObject({ rootVersion: 2 });
});

test('a key that is open to others, lies in a data directory, or is no governor’s is refused', async () => {
  const path = scene.file('hello.yaml', HELLO);
  const open = scene.file('open.key', readFileSync(scene.path('ada.key'), 'utf8'));
  chmodSync(open, 0o644);
  const apply = (keyPath: string) => scene.run(['apply', '-f', path, '--key', keyPath]);
  expect((await apply(open)).errors).toContain('KEY_FILE_OPEN_TO_OTHERS');
  mkdirSync(scene.path('n1/keys'), { recursive: true });
  scene.file('n1/state.db', '');
  const inside = scene.file('n1/keys/governor.key', readFileSync(scene.path('ada.key'), 'utf8'));
  expect((await apply(inside)).errors).toContain('KEY_IN_DATA_DIRECTORY');
  scene.key('foreign');
  expect((await apply(scene.path('foreign.key'))).errors).toContain('NOT_A_GOVERNOR');
});

test('a node that hands out a tampered repository gets nothing signed', async () => {
  const path = scene.file('hello.yaml', HELLO);
  const other = new GovernedNode(signerOf(createGovernorKey()));
  const mixed = { ...other.held, roots: scene.node.held.roots };
  const service = {
    ...scene.node.service,
    trustDraft: async () => ({ files: Buffer.from(encodeFiles(mixed)).toString('base64') }),
  };
  const { code, errors } = await scene.run(['apply', '-f', path, ...scene.as('ada')], { service });
  expect(code).not.toBe(0);
  expect(errors).toContain('TRUST_NOT_GENUINE');
});

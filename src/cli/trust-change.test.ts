import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateKeyToPem } from '../crypto/index.ts';
import { createGovernorKey, encodeFiles, signerOf } from '../governance/index.ts';
import { GovernedNode, type Outcome, runCommandLine, type Surroundings } from './testing/index.ts';

const governor = createGovernorKey();
let directory = '';
let node: GovernedNode;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-cli-'));
  writeFileSync(join(directory, 'governor.key'), privateKeyToPem(governor), { mode: 0o600 });
  node = new GovernedNode(signerOf(governor));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const key = (): string[] => ['--key', join(directory, 'governor.key'), '--admin-socket', '/n1'];

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const run = (args: readonly string[], more: Surroundings = {}): Promise<Outcome> =>
  runCommandLine(args, { service: node.service, ...more });

const HELLO = `apiVersion: selvage.dev/v1alpha1
kind: Service
metadata: { name: web }
spec: { protocol: http }
`;
const PERMIT = '@id("all") permit(principal, action, resource);\n';

test('apply shows the change, publishes it, and says who was told', async () => {
  file('hello.cedar', PERMIT);
  file('hello.yaml', HELLO);
  file('README.md', 'not a resource');
  const { code, out } = await run(['apply', '-f', directory, ...key()]);
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    '+ service default/web (http)',
    '+ policy hello',
    expect.stringMatching(/^published version 2, digest [0-9a-f]{64}; sent to n2$/),
    '',
  ]);
  expect(node.inForce.policies).toEqual([{ name: 'hello', text: PERMIT, since: '2' }]);
});

test('applying the same again changes nothing and publishes nothing', async () => {
  const path = file('hello.yaml', HELLO);
  await run(['apply', '-f', path, ...key()]);
  const { code, out } = await run(['apply', '-f', path, ...key()]);
  expect(code).toBe(0);
  expect(out).toBe('nothing to change: version 2 says all of it\n');
});

test('a dry run, and an answer that is no yes, publish nothing', async () => {
  const path = file('hello.yaml', HELLO);
  const dry = await run(['apply', '-f', path, '--dry-run', ...key()]);
  expect(dry.out).toContain('+ service default/web');
  const refused = await run(['apply', '-f', path, ...key()], { answer: 'n' });
  expect(refused.code).toBe(3);
  expect(node.inForce.version).toBe(1);
  const agreed = await run(['apply', '-f', path, ...key()], { answer: 'y' });
  expect(agreed.code).toBe(0);
  expect(node.inForce.version).toBe(2);
});

test('every mistake of every file is listed with its place before anything is signed', async () => {
  file('a.yaml', HELLO.replace('http', 'htpp'));
  const { code, errors } = await run(['apply', '-f', directory, ...key()]);
  expect(code).toBe(2);
  expect(errors).toContain(
    "a.yaml:4:19: spec.protocol is 'htpp': write one of http, http2, grpc, tcp, udp, auto",
  );
  expect(errors).toContain('error[INPUT_INVALID]: 1 mistake');
  expect(node.inForce.version).toBe(1);
});

test('a directory without resources is told from files without them', async () => {
  mkdirSync(join(directory, 'below'));
  const none = await run(['apply', '-f', join(directory, 'below'), ...key()]);
  expect(none.errors).toContain('directories below it are not searched');
  const empty = await run(['apply', '-f', file('empty.yaml', '# later\n'), ...key()]);
  expect(empty.errors).toMatch(/no resource stands in .*empty\.yaml/);
});

test('a policy that is wrong, or that takes the id of one in force, is refused', async () => {
  await run(['apply', '-f', file('hello.cedar', PERMIT), ...key()]);
  const clash = await run(['apply', '-f', file('other.cedar', PERMIT), ...key()]);
  expect(clash.code).toBe(2);
  expect(clash.errors).toContain("'all'");
  const wrong = await run(['apply', '-f', file('bad.cedar', 'permit(principal, action'), ...key()]);
  expect(wrong.code).toBe(2);
  expect(wrong.errors).toMatch(/bad\.cedar:1:\d+: /);
  expect(node.inForce.version).toBe(2);
});

test('a table beside the policies that does not hold is refused before anything is signed', async () => {
  const path = file('hello.cedar', PERMIT);
  const table = (outcome: string) =>
    `apiVersion: selvage.dev/v1alpha1\nkind: PolicyTest\ncases:\n  - { from: a, to: web, expect: ${outcome} }\n`;
  file('hello.test.yaml', table('deny'));
  for (const target of [path, directory]) {
    const { code, errors } = await run(['apply', '-f', target, ...key()]);
    expect(code).toBe(3);
    expect(errors).toContain('hello.test.yaml:4:33: case 1: expected deny, but it is allowed by');
    expect(errors).toContain('error[POLICY_TEST_FAILED]');
  }
  expect(node.inForce.version).toBe(1);
  file('hello.test.yaml', table('allow'));
  expect((await run(['apply', '-f', directory, ...key()])).code).toBe(0);
});

test('a header is named before a policy reads it, and as long as one does', async () => {
  const policy =
    'permit(principal, action in Action::"http", resource) when { context.headers has "x-a" };';
  const settings = (list: string) =>
    `apiVersion: selvage.dev/v1alpha1\nkind: MeshSettings\nspec: { policyHeaders: ${list} }\n`;
  file('a.cedar', policy);
  expect((await run(['apply', '-f', directory, ...key()])).code).toBe(2);
  file('mesh.yaml', settings('[x-a]'));
  const { code, out } = await run(['apply', '-f', directory, ...key()]);
  expect([code, out]).toEqual([0, expect.stringContaining('policyHeaders: none → x-a')]);
  const gone = await run(['apply', '-f', file('mesh.yaml', settings('[]')), ...key()]);
  expect([gone.code, gone.errors]).toEqual([2, expect.stringContaining('a.cedar (in force)')]);
});

test('delete takes out what a name or a file says, and suggests the name that was meant', async () => {
  const path = file('hello.yaml', HELLO);
  await run(['apply', '-f', path, '-f', file('hello.cedar', PERMIT), ...key()]);
  const typo = await run(['delete', 'service', 'wbe', ...key()]);
  expect(typo.code).toBe(2);
  expect(typo.errors).toContain('Did you mean default/web?');
  const stranger = await run(['delete', 'service', 'warehouse', ...key()]);
  expect(stranger.errors).toContain('Correct its name or --namespace.');
  expect((await run(['delete', 'policy', 'hello', ...key()])).out).toContain('- policy hello');
  expect((await run(['delete', '-f', path, ...key()])).out).toContain('- service default/web');
  expect(node.inForce).toMatchObject({ services: [], policies: [], version: 4 });
});

test('an authority is added with the fingerprint that a person can compare', async () => {
  const { code, out } = await run(['authority', 'add', 'n2', ...key()]);
  expect(code).toBe(0);
  expect(out).toMatch(/certificate of n2: SHA-256 [0-9a-f]{64}/);
  expect(out).toContain('+ authority n2');
  expect(node.inForce).toMatchObject({ rootVersion: 2 });
});

test('a key that is open to others, lies in a data directory, or is no governor’s is refused', async () => {
  const path = file('hello.yaml', HELLO);
  const socket = ['--admin-socket', '/n1'];
  const open = file('open.key', privateKeyToPem(governor));
  chmodSync(open, 0o644);
  const apply = (keyPath: string) => run(['apply', '-f', path, '--key', keyPath, ...socket]);
  expect((await apply(open)).errors).toContain('KEY_FILE_OPEN_TO_OTHERS');
  mkdirSync(join(directory, 'n1', 'keys'), { recursive: true });
  writeFileSync(join(directory, 'n1', 'state.db'), '');
  const inside = file('n1/keys/governor.key', privateKeyToPem(governor));
  expect((await apply(inside)).errors).toContain('KEY_IN_DATA_DIRECTORY');
  const foreign = file('foreign.key', privateKeyToPem(createGovernorKey()));
  chmodSync(foreign, 0o600);
  expect((await apply(foreign)).errors).toContain('NOT_A_GOVERNOR');
});

test('a node that hands out a tampered repository gets nothing signed', async () => {
  const path = file('hello.yaml', HELLO);
  const other = new GovernedNode(signerOf(createGovernorKey()));
  const mixed = { ...other.held, roots: node.held.roots };
  const service = {
    ...node.service,
    trustDraft: async () => ({ files: Buffer.from(encodeFiles(mixed)).toString('base64') }),
  };
  const { code, errors } = await run(['apply', '-f', path, ...key()], { service });
  expect(code).not.toBe(0);
  expect(errors).toContain('TRUST_NOT_GENUINE');
});

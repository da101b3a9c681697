import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cedarWasm } from '../platform/index.ts';
import { loadCedar } from '../policy/index.ts';
import { checkPolicies } from '../policy/testing/check-policies.ts';
import { runCommandLine } from './testing/index.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-policy-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}
const policy = (...args: string[]) => runCommandLine(['policy', ...args]);

const READ = '@id("read") permit(principal == Service::"default/client", action, resource);\n';
const TABLE = 'apiVersion: selvage.dev/v1alpha1\nkind: PolicyTest\ncases:\n';

test('every kind of new policy is right as it is printed', async () => {
  const kinds = [
    ['allow', '--from', 'client', '--to', 'web', '--method', 'get', '--path', '/a*'],
    ['isolate-namespace', '-n', 'shop'],
    ['egress-allow-list', '--from', 'web', '--to', 'a.shop', '--to', 'b'],
    ['require-user', '--to', 'web', '--group', 'https://login.example|staff'],
    [
      'business-hours',
      '--to',
      'web',
      '--open',
      '08:00',
      '--close',
      '18:30',
      '--utc-offset',
      '-03:30',
    ],
    ['deny-above-risk', '--risk', '70', '--id', 'mine'],
    ['deny-above-risk', '--risk', '70', '-n', 'shop'],
    ['egress-allow-list', '--from', 'web', '--to', 'ledger.shop', '-n', 'shop'],
  ];
  const cedar = loadCedar(cedarWasm());
  for (const args of kinds) {
    const { code, out } = await policy('new', ...args);
    expect([args[0], code, checkPolicies(cedar, [{ name: 'p', text: out }])]).toEqual([
      args[0],
      0,
      [],
    ]);
  }
});

test('a new policy is written to a file, and never over one', async () => {
  const path = join(directory, 'web.cedar');
  const command = ['new', 'allow', '--from', 'client', '--to', 'web', '-o', path];
  expect(await policy(...command)).toMatchObject({ code: 0, out: '' });
  expect(readFileSync(path, 'utf8')).toStartWith('@id("allow-default/client-to-default/web")\n');
  expect(await policy(...command)).toMatchObject({ code: 2 });
});

test('names, hours and methods that are none are refused with an example', async () => {
  for (const [args, said] of [
    [['allow', '--from', 'a_b', '--to', 'web'], 'a_b'],
    [['allow', '--from', 'a', '--to', 'web', '--method', 'GTE'], 'GTE'],
    [['business-hours', '--to', 'web', '--open', '24:01', '--close', '18:00'], 'HH:MM'],
    [['business-hours', '--to', 'web', '--open', '8:60', '--close', '18:00'], 'HH:MM'],
    [['require-user', '--to', 'web', '--group', 'staff'], 'ISSUER|GROUP'],
  ] as const) {
    const { code, errors } = await policy('new', ...args);
    expect([code, errors]).toEqual([2, expect.stringContaining(said)]);
  }
});

test('fmt prints, and with -w writes what changes, or nothing when a file is wrong', async () => {
  const [ugly, neat] = [
    file('a.cedar', READ),
    file('b.cedar', 'permit (principal, action, resource);\n'),
  ];
  expect((await policy('fmt', ugly)).out).toStartWith('@id("read")\npermit (\n');
  expect(readFileSync(ugly, 'utf8')).toBe(READ);
  const broken = file('c.cedar', 'permit(principal);\n');
  expect(await policy('fmt', '-w', directory)).toMatchObject({
    code: 2,
    errors: expect.stringContaining(`${broken}:1:`),
  });
  expect(readFileSync(ugly, 'utf8')).toBe(READ);
  expect(await policy('fmt', '-w', ugly, neat)).toMatchObject({ code: 0, out: `${ugly}\n` });
  expect(await policy('fmt', '-w', ugly, neat)).toMatchObject({ code: 0, out: '' });
});

test('a table that holds says so, and a difference stands at its place with what decided', async () => {
  file('hello.cedar', READ);
  const held = '  - { from: client, to: web, method: GET, expect: allow, by: [read] }\n';
  const table = file('hello.test.yaml', `${TABLE}${held}`);
  expect(await policy('test', directory)).toMatchObject({
    code: 0,
    out: `${table}: 1 case holds\n`,
  });
  file(
    'hello.test.yaml',
    `${TABLE}${held}  - name: others
    from: other
    to: web
    expect: allow
  - { from: client, to: web, expect: allow, by: [other] }
  - { from: client, to: web, expect: allow, audit: [x] }
  - { from: a_b, to: web, expect: deny }
  - { from: client, to: web, risk: 101, expect: allow }
`,
  );
  const { code, errors } = await policy('test', table);
  expect(code).toBe(3);
  expect(errors.split('\n').slice(0, -3)).toEqual([
    `${table}:8:13: case 'others': expected allow, but it is denied since nothing permits it`,
    `${table}:9:49: case 3: expected by 'other', but it is allowed by 'read' (${directory}/hello.cedar:1)`,
    `${table}:10:52: case 4: expected 'x', but it is none`,
    expect.stringContaining(`${table}:11:13: case 5: 'a_b'`),
    `${table}:12:49: case 6: expected allow, but it is denied: the request's risk is 101, and not a whole number from 0 to 100`,
  ]);
});

test('a table’s case says with its protocol what else than HTTP it means', async () => {
  file(
    'p.cedar',
    `permit(principal, action == Action::"grpc:call", resource) when { context.method == "List" };
     permit(principal, action == Action::"connect", resource) when { context.protocol == "udp" };`,
  );
  const table = file(
    'p.test.yaml',
    `${TABLE}  - { from: a, to: b, protocol: grpc, path: /shop.Stock/List, expect: allow }
  - { from: a, to: b, protocol: http, path: /shop.Stock/List, expect: deny }
  - { from: a, to: b, protocol: udp, expect: allow }
  - { from: a, to: b, expect: deny }
`,
  );
  expect(await policy('test', directory)).toMatchObject({ code: 0 });
  file(
    'p.test.yaml',
    `${TABLE}  - { from: a, to: b, protocol: grpc, expect: allow }
  - { from: a, to: b, protocol: grpc, path: /a/b, method: POST, expect: allow }
  - { from: a, to: b, protocol: tcp, host: b, expect: allow }
`,
  );
  expect((await policy('test', directory)).errors.split('\n').slice(0, -3)).toEqual([
    `${table}:4:47: case 1: expected allow, but it is denied: the path '/' is not that of a gRPC method, /package.Service/Method`,
    `${table}:5:59: case 2: a case of protocol grpc has no method`,
    `${table}:6:44: case 3: a case of protocol tcp has no host`,
  ]);
});

test('a table sees users, time and the headers that the settings beside it name', async () => {
  file(
    'p.cedar',
    `permit(principal, action in Action::"http", resource) when {
      context.headers has "x-tenant" && context has user && context.user in Group::"https://i|g" &&
      context.user.hasTag("a") && context.user.getTag("a") == "1" &&
      context.time > datetime("2026-01-01") };`,
  );
  file(
    'p.test.yaml',
    `${TABLE.replace('cases', 'defaults: { time: 2026-11-20T12:00:00Z }\ncases')}  - from: a
    to: web
    headers: { X-Tenant: blue }
    user: { issuer: "https://i", subject: ada, groups: [g], claims: { a: "1" } }
    expect: allow
`,
  );
  const missing = await policy('test', directory);
  expect([missing.code, missing.errors]).toEqual([2, expect.stringContaining("'x-tenant'")]);
  file(
    'mesh.yaml',
    '# ours\napiVersion: selvage.dev/v1alpha1\nkind: Service\nmetadata: { name: x }\nspec: { protocol: http }\n---\napiVersion: selvage.dev/v1alpha1\nkind: MeshSettings\nspec:\n  trustDomain: shop.example\n  policyHeaders: [x-tenant]\n',
  );
  expect(await policy('test', directory)).toMatchObject({ code: 0 });
  file(
    'mesh.yaml',
    '# ours\n\nkind: MeshSettings\napiVersion: selvage.dev/v1alpha1\nspec: { polcyHeaders: [x-tenant] }\n',
  );
  expect((await policy('test', directory)).errors).toContain(
    'mesh.yaml:5:9: spec.polcyHeaders is no known field: did you mean policyHeaders?',
  );
});

test('every mistake of a table is told with its place and the nearest field', async () => {
  file('p.cedar', READ);
  const table = file(
    'p.test.yaml',
    `${TABLE}  - { from: client, to: web, expct: allow, expect: maybe }\n  - { from: client, to: web, path: x, expect: deny }\n`,
  );
  const { code, errors } = await policy('test', directory);
  expect(code).toBe(2);
  expect(errors.split('\n').slice(0, -3)).toEqual([
    `${table}:4:52: cases[0].expect is 'maybe': write allow or deny`,
    `${table}:4:30: cases[0].expct is no known field: did you mean expect?`,
    `${table}:5:36: cases[1].path is 'x': write a path that begins with /`,
  ]);
  for (const text of [
    '',
    'a: [',
    `${TABLE}  []\n---\n{}\n`,
    `${TABLE.replace('Test', 'Tset')}  - {}\n`,
  ]) {
    file('p.test.yaml', text);
    expect((await policy('test', directory)).code).toBe(2);
  }
});

test('a directory without a table is told from one whose tables hold', async () => {
  file('p.cedar', READ);
  expect(await policy('test', directory)).toMatchObject({
    code: 0,
    errors: 'no table (*.test.yaml) stands there\n',
  });
});

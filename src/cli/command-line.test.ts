import { expect, test } from 'bun:test';
import type { AdminService } from '../admin/index.ts';
import { sampleService } from '../admin/testing/index.ts';
import type { NodeName, TrustDomain } from '../core/index.ts';
import type { NodeNote } from '../platform/index.ts';
import { runCommandLine } from './testing/index.ts';

const note = (trustDomain: string, node: string): NodeNote => ({
  trustDomain: trustDomain as TrustDomain, // a trust domain, by inspection
  node: node as NodeName, // a label, by inspection
  pid: 1,
  adminSocket: `/srv/${node}/admin.sock`,
});
const one = { nodes: [note('shop.example', 'n1')] };

test('a word that is mistyped is answered with the one that was meant, and exit code 2', async () => {
  expect(await runCommandLine(['gte', 'nodes'])).toMatchObject({
    code: 2,
    errors: "error[COMMAND_LINE_INVALID]: unknown command 'gte'\n  try: Did you mean get?\n",
  });
  const flag = await runCommandLine(['get', 'nodes', '--outptu', 'json']);
  expect(flag.errors).toContain('try: Did you mean --output?');
});

test('a required flag that is mistyped is one that is unknown, and not one that is missing', async () => {
  for (const typed of [['--fiel', 'a.yaml'], ['--fiel=a.yaml']]) {
    const { code, errors } = await runCommandLine(['apply', '--key', 'k', ...typed]);
    expect([code, errors]).toEqual([
      2,
      "error[COMMAND_LINE_INVALID]: unknown option '--fiel'\n  try: Did you mean --file?\n",
    ]);
  }
  const { errors } = await runCommandLine(['apply', '--utterly-else', 'a.yaml']);
  expect(errors).toContain('missing: --file <path>, --key <file>');
});

test('what is missing is named, all of it, with the line of that very command and an example', async () => {
  const { code, errors } = await runCommandLine(['approve']);
  expect(code).toBe(2);
  expect(errors.split('\n')).toEqual([
    'error[COMMAND_LINE_INVALID]: missing: <proposal>, --key <file>',
    '  try: selvage approve --key <file> [options] <proposal>',
    '       such as: selvage approve 3f9a --key ./bob.key',
    '       See `selvage approve --help`.',
    '',
  ]);
  const inGroup = await runCommandLine(['-v', 'revoke', 'node']);
  expect(inGroup.errors).toContain('missing: <node>\n  try: selvage revoke node [options] <node>');
  const more = await runCommandLine(['diff', '1', '2', '3', '4']);
  expect(more.errors).toContain('unexpected: 3, 4\n  try: selvage diff [options] <from> [to]');
  const value = await runCommandLine(['get', 'node', '--data']);
  expect(value.errors).toContain('  try: selvage get nodes [options]\n');
});

test('a flag of the program that a command starts is told from one of the command', async () => {
  const line = ['run', '--service', 'web', '--port', '8080', 'python3', '-m', 'http.server'];
  expect((await runCommandLine(line)).errors.split('\n').slice(0, 3)).toEqual([
    "error[COMMAND_LINE_INVALID]: unknown option '-m'",
    '  try: Write -- before the program whose flag it is:',
    '       selvage run [options] -- <command...>',
  ]);
});

test('what is wrong with no near word names the help of the command that it stands after', async () => {
  const remedyOf = async (...args: string[]) =>
    /try: (.*)/.exec((await runCommandLine(args)).errors)?.[1];
  expect(await remedyOf('revoke', 'everything')).toBe('See `selvage revoke --help`.');
  expect(await remedyOf('get', 'nodes', '--in-blue')).toBe('See `selvage get nodes --help`.');
  expect(await remedyOf('get')).toBe('Name one of those above.');
});

test('help says what --help says, of every command and of one', async () => {
  for (const words of [[], ['get'], ['token', 'create'], ['get', 'node']]) {
    const { code, out } = await runCommandLine(['help', ...words]);
    expect([code, out]).toEqual([0, (await runCommandLine([...words, '--help'])).out]);
  }
  expect((await runCommandLine(['get', 'help'])).out).toContain('Usage: selvage get');
  expect(await runCommandLine(['help', 'gte'])).toMatchObject({
    code: 2,
    errors: "error[COMMAND_LINE_INVALID]: unknown command 'gte'\n  try: Did you mean get?\n",
  });
});

test('an unknown command is an error with --help, too', async () => {
  for (const line of [['gte'], ['gte', 'nodes'], ['-v', 'gte']]) {
    const { code, out, errors } = await runCommandLine([...line, '--help']);
    expect([code, out]).toEqual([2, '']);
    expect(errors).toContain("unknown command 'gte'\n  try: Did you mean get?\n");
  }
  const { code, errors } = await runCommandLine(['authority', 'bogus', '-h']);
  expect(code).toBe(2);
  expect(errors).toContain("unknown command 'bogus'\n  try: See `selvage authority --help`.\n");
});

test('the line of a command in its help has every flag that it cannot do without', async () => {
  const { out } = await runCommandLine(['reject', '--help']);
  expect(out).toStartWith(
    'Usage: selvage reject --key <file> --reason <text> [options] <proposal>',
  );
});

test('a value that is wrong is named once, with its flag and what to write', async () => {
  const flags = ['--service', 'shop/web', '--', 'true'];
  expect((await runCommandLine(['run', ...flags])).errors).toStartWith(
    "error[COMMAND_LINE_INVALID]: --service <name>: 'shop/web' has a namespace, which is a flag here: --namespace shop --service web.\n",
  );
});

test('without a command, help is shown and the exit code says that something is missing', async () => {
  const { code, errors } = await runCommandLine([]);
  expect(code).toBe(2);
  expect(errors).toContain('Usage: selvage');
});

test('--help of each command shows examples, and is no error', async () => {
  const { out } = await runCommandLine(['--help']);
  const [listed = ''] = out.split('Exit codes:');
  const names = [...listed.matchAll(/^ {2}([a-z-]+)(?= |\[|<)/gm)].map((match) => match[1] ?? '');
  expect(names).toContain('apply');
  for (const name of names) {
    const help = await runCommandLine([name, '--help']);
    expect([name, help.code]).toEqual([name, 0]);
    const inner = /^Commands:/m.test(help.out);
    expect([name, inner || help.out.includes('Examples:')]).toEqual([name, true]);
  }
});

test('the node is the one of the socket, else of the directory, else of the variable, else the one that runs', async () => {
  const asked = async (...args: string[]) => (await runCommandLine(['status', ...args], one)).asked;
  expect(await asked('--admin-socket', '/a', '--data', 'n2')).toEqual(['/a']);
  expect(await asked('--data', './n2/')).toEqual(['./n2/admin.sock']);
  expect(await asked()).toEqual(['/srv/n1/admin.sock']);
  const environment = { SELVAGE_ADMIN_SOCKET: '/b' };
  expect((await runCommandLine(['status'], { ...one, environment })).asked).toEqual(['/b']);
});

test('several nodes of one mesh are as good as one; several meshes are listed to choose from', async () => {
  const nodes = [note('shop.example', 'n1'), note('shop.example', 'n2')];
  expect((await runCommandLine(['status'], { nodes })).asked).toEqual(['/srv/n1/admin.sock']);
  const more = [...nodes, note('lab.example', 'x1')];
  const { code, errors } = await runCommandLine(['status'], { nodes: more });
  expect(code).toBe(2);
  expect(errors).toContain('SEVERAL_MESHES');
  expect(errors).toContain('--data /srv/x1   (x1 of lab.example)');
});

test('without any node, the error says how to start one', async () => {
  const { code, errors } = await runCommandLine(['get', 'nodes']);
  expect(code).toBe(4);
  expect(errors).toContain('selvage node --data DIR');
});

test('a fault of ours is exit code 1 and keeps its stack', async () => {
  const nodes = one.nodes;
  const { code, errors } = await runCommandLine(['status'], {
    nodes,
    service: { status: () => Promise.reject(new Error('boom')) },
  });
  expect(code).toBe(1);
  expect(errors).toContain('error[NODE_FAILED]');
});

test('only the token itself is printed on standard output', async () => {
  const { out, errors } = await runCommandLine(['token', 'create', '--life', '10m'], one);
  expect(out).toBe('selvage1.AAAA\n');
  expect(errors).toContain('127.0.0.11:7601');
});

test('a token for a node that is there is made with a warning of what it does', async () => {
  const warned = async (name: string) =>
    (await runCommandLine(['token', 'create', '--name', name], one)).errors;
  expect(await warned('n3')).toContain('warning: n3 is a node already');
  expect(await warned('n9')).not.toContain('warning');
});

test('a duration that is none is refused with an example of one', async () => {
  const { code, errors } = await runCommandLine(['token', 'create', '--life', '5 minutes'], one);
  expect(code).toBe(2);
  expect(errors).toContain('250ms, 30s, 5m, 1h, 7d');
});

test('a choice that is none is named, with those that are', async () => {
  const { code, errors } = await runCommandLine(['get', 'nodes', '-o', 'wide'], one);
  expect(code).toBe(2);
  expect(errors).toContain("-o, --output <format>: 'wide' is none of table, json, yaml\n");
  const kind = await runCommandLine(['delete', 'servce', 'web', '--key', 'k']);
  expect(kind.errors).toContain("<kind>: 'servce' is none of service, registration,");
  expect(kind.errors).toContain('try: Did you mean service?');
  const half = await runCommandLine(['delete', 'service', '--key', 'k']);
  expect(half.errors.match(/such as: selvage delete .*/g)).toEqual([
    'such as: selvage delete service web --key ./governor.key',
    'such as: selvage delete -f examples/hello/ --key ./governor.key',
  ]);
});

test('a token that would end at once is refused before a node is asked', async () => {
  const { code, errors } = await runCommandLine(['token', 'create', '--life', '0s'], one);
  expect(code).toBe(2);
  expect(errors).toContain("'0s' is too short: write a second or more");
});

test('status says how the node is, for a person and for a program', async () => {
  const { out } = await runCommandLine(['status'], one);
  expect(out).toContain('warning: n3 is dead: it answered last 3m ago');
  expect(out).toContain('credential ends in  1d');
  const json = await runCommandLine(['status', '-o', 'json'], one);
  expect(JSON.parse(json.out)).toMatchObject({ node: 'n1', trust: { version: 3 } });
});

test('explain ends with 0 when it is allowed and with 3 when it is denied', async () => {
  const question = ['explain', '--from', 'client', '--to', 'web', '--method', 'GET'];
  const allowed = await runCommandLine(question, one);
  expect(allowed).toMatchObject({ code: 0 });
  expect(allowed.out).toContain('permitted by  hello (hello.cedar:3, since version 2)');
  const denied = await runCommandLine(question, {
    ...one,
    service: {
      explain: async ({ from, to }) => ({
        allowed: false,
        asked: { principal: from, action: 'connect', resource: to, context: {} },
        deciding: [],
        audit: [],
        near: [],
        errors: [],
        hint: 'permit(…);',
      }),
    },
  });
  expect(denied.code).toBe(3);
  expect(denied.out).toContain('none: nothing permits it');
  expect(denied.out).toContain('permit(…);');
});

test('explain asks about everything that a policy can read', async () => {
  let asked: unknown;
  const service = {
    explain: async (question: { readonly from: string; readonly to: string }) => {
      asked = question;
      return await sampleService().explain(question);
    },
  };
  const flags = [
    ...['--method', 'GET', '--path', '/a', '--header', 'X-Tenant=a=b', '--risk', '70'],
    ...['--user', 'https://login.example|ada|1', '--group', 'staff', '--group', 'books'],
    ...['--claim', 'level=3', '--time', '2026-11-20T09:00:00+01:00', '--port', '8080'],
    ...['--locality', 'eu/1'],
  ];
  const question = ['explain', '--from', 'client', '--to', 'web'];
  expect(await runCommandLine([...question, ...flags], { ...one, service })).toMatchObject({
    code: 0,
  });
  expect(asked).toEqual({
    from: 'client',
    to: 'web',
    method: 'GET',
    path: '/a',
    headers: { 'x-tenant': 'a=b' },
    user: {
      issuer: 'https://login.example',
      subject: 'ada|1',
      groups: ['staff', 'books'],
      claims: { level: '3' },
    },
    risk: 70,
    time: '2026-11-20T09:00:00+01:00',
    port: 8080,
    locality: 'eu/1',
  });
  for (const wrong of [
    ['--risk', '101'],
    ['--time', 'tomorrow'],
    ['--time', '2026-13-01T00:00:00Z'],
    ['--user', 'ada'],
    ['--header', 'x-tenant'],
    ['--group', 'staff'],
  ]) {
    expect((await runCommandLine([...question, ...wrong], one)).code).toBe(2);
  }
});

test('explain says what it took for granted of a request, and what a connection has not', async () => {
  const action = (is: string): AdminService['explain'] => {
    return async (question) => {
      const explained = await sampleService().explain(question);
      return { ...explained, asked: { ...explained.asked, action: is } };
    };
  };
  const asked = async (is: string, ...flags: string[]) => {
    const question = ['explain', '--from', 'client', '--to', 'web', ...flags];
    return (await runCommandLine(question, { ...one, service: { explain: action(is) } })).out;
  };
  expect(await asked('http:GET')).toMatch(/assumed +method GET, path \/\n/);
  expect(await asked('http:POST', '--method', 'POST')).toMatch(/assumed +path \/\n/);
  expect(await asked('http:GET', '--method', 'GET', '--path', '/')).not.toContain('assumed');
  expect(await asked('connect')).not.toContain('assumed');
  expect(await asked('connect', '--path', '/a', '--host', 'b')).toContain(
    'is a TCP service: path, host left out',
  );
  expect(await asked('grpc:call')).toMatch(/assumed +path \/\n/);
  expect(await asked('grpc:call', '--path', '/a/b', '--method', 'POST')).toContain(
    'is a gRPC service: method left out',
  );
});

test('explain says what audit mode would have changed', async () => {
  const audit = [{ id: 'tried', file: 'p.cedar', line: 9 }];
  const explain: AdminService['explain'] = async (question) => ({
    ...(await sampleService().explain(question)),
    audit,
  });
  const question = ['explain', '--from', 'client', '--to', 'web'];
  const { out } = await runCommandLine(question, { ...one, service: { explain } });
  expect(out).toContain('in audit mode  tried (p.cedar:9)');
  expect(out).toContain('enforced, the policies in audit mode would have denied it');
});

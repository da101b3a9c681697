import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { MeshOnDisk, type Outcome, PORTS } from './mesh-on-disk.ts';

/**
 * What a person can get wrong, each tried on real processes: the exit code, the code of the error,
 * that it says what to do, and that nothing is left half done.
 */

/** A first refusal may be the news of a change still under way: a sidecar asks for 3 seconds. */
setDefaultTimeout(20_000);

const HOST = '127.0.0.31';
const OTHER_HOST = '127.0.0.32';
const mesh = new MeshOnDisk();
const path = (...parts: string[]) => mesh.path(...parts);
const GOVERNOR = path('governor.key');
const N1 = ['--data', path('n1')];
const SOCKET = ['--socket', path('n1', 'workload.sock')];
const SIGNED = ['--key', GOVERNOR, ...N1, '--yes'];
const HELLO = new URL('../examples/hello', import.meta.url).pathname;

const freshToken = async (...flags: string[]) =>
  (await mesh.must('token', 'create', ...N1, ...flags)).trim();

/** n1 runs and has the resources of examples/hello in force; n2 and another mesh's o1 lie on the disk. */
beforeAll(async () => {
  const found = (name: string, domain: string, key: string) =>
    mesh.must('init', '--trust-domain', domain, '--data', path(name), '--governor-key', key);
  await found('n1', 'bad.example', GOVERNOR);
  await found('o1', 'other.example', path('other.key'));
  await mesh.startNode('n1', HOST);
  await mesh.must('apply', '-f', HELLO, ...SIGNED);
  await mesh.must('join', await freshToken(), '--data', path('n2'));
}, 30_000);
afterAll(() => mesh.close());

/** An error as a person sees it: its code, what happened, and what to try. */
function expectRefusal(
  { code, out, errors }: Outcome,
  wanted: { exit: 2 | 3 | 4; code: string; says: string; remedy: string },
): void {
  expect(errors).toContain(`error[${wanted.code}]`);
  expect(errors).toContain(wanted.says);
  const [, remedy = ''] = errors.split('\n  try: ');
  expect(remedy).toContain(wanted.remedy);
  expect(errors).not.toMatch(/INTERNAL|\n {4}at /); // no stack: it is no fault of the program
  expect([code, out]).toEqual([wanted.exit, '']);
}

/** Runs what must leave everything in the directory as it was. */
async function untouched(run: () => Promise<Outcome>): Promise<Outcome> {
  const before = readdirSync(mesh.directory).sort();
  const outcome = await run();
  expect(readdirSync(mesh.directory).sort()).toEqual(before);
  return outcome;
}

const join = (token: string, name: string, ...flags: string[]) =>
  untouched(() => mesh.run('join', token, '--data', path(name), ...flags));
const startNode = (name: string, ...flags: string[]) =>
  mesh.run('node', '--data', path(name), '--listen', OTHER_HOST, ...PORTS, ...flags);
const apply = (file: string) => mesh.run('apply', '-f', file, ...SIGNED);
const write = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};

/** A copy of n2's data directory, to be spoilt. */
function copyOfN2(name: string): string {
  rmSync(path(name), { recursive: true, force: true });
  cpSync(path('n2'), path(name), { recursive: true, preserveTimestamps: true });
  for (const [part, mode] of Object.entries({ '': 0o711, keys: 0o700 }))
    chmodSync(path(name, part), mode);
  return name;
}

describe('a join token', () => {
  test('that is none, or is cut off', async () => {
    const wanted = { exit: 2, code: 'TOKEN_MALFORMED', remedy: 'Copy the whole line' } as const;
    expectRefusal(await join('hello', 'n3'), { ...wanted, says: "begins with 'selvage1.'" });
    const cut = (await freshToken()).slice(0, -4);
    expectRefusal(await join(cut, 'n3'), { ...wanted, says: 'cut off or was changed' });
  });

  test('that was used before', async () => {
    const token = await freshToken();
    await mesh.must('join', token, '--data', path('n4'));
    expectRefusal(await join(token, 'n3'), {
      exit: 3,
      code: 'TOKEN_USED',
      says: 'the node n4 joined with the join token',
      remedy: 'selvage token create',
    });
  });

  test('that has expired', async () => {
    const token = await freshToken('--life', '1s');
    const end = Date.now() + 1_001;
    while (Date.now() < end) await Bun.sleep(end - Date.now());
    expectRefusal(await join(token, 'n3'), {
      exit: 3,
      code: 'TOKEN_EXPIRED',
      says: 'by this host’s clock it is'.replace('’', "'"),
      remedy: 'selvage token create',
    });
  });

  test('for another mesh than the data directory is of', async () => {
    expectRefusal(await join(await freshToken(), 'o1'), {
      exit: 3,
      code: 'TOKEN_OTHER_MESH',
      says: 'is for the mesh bad.example, the data directory is of other.example',
      remedy: 'Use a token of this mesh, or another data directory',
    });
  });

  test('for a directory that is a node already', async () => {
    expectRefusal(await join(await freshToken(), 'n2'), {
      exit: 2,
      code: 'DATA_DIRECTORY_TAKEN',
      says: 'is node n2 of this mesh already',
      remedy: 'selvage node',
    });
  });

  test('and a name that is taken: the token is still good for another name', async () => {
    const token = await freshToken();
    expectRefusal(await join(token, 'n5', '--name', 'n1'), {
      exit: 3,
      code: 'JOIN_REFUSED',
      says: 'the mesh has a node n1 already',
      remedy: 'selvage token create --name n1',
    });
    await mesh.must('join', token, '--data', path('n5'));
  });

  test('and a name that is no DNS label', async () => {
    expectRefusal(await join(await freshToken(), 'n6', '--name', 'N_6'), {
      exit: 2,
      code: 'NAME_INVALID',
      says: "'N_6' is no node name: use 1 to 63 of a-z",
      remedy: 'Follow the rule',
    });
  });
});

describe('a data directory', () => {
  test('whose key others may read', async () => {
    const name = copyOfN2('open');
    chmodSync(path(name, 'keys', 'node.key'), 0o644);
    expectRefusal(await startNode(name), {
      exit: 3,
      code: 'KEY_FILE_OPEN_TO_OTHERS',
      says: 'node.key has mode 0644',
      remedy: `chmod 600 ${path(name, 'keys', 'node.key')}`,
    });
  });

  test('that others may write to', async () => {
    const name = copyOfN2('open');
    chmodSync(path(name), 0o777);
    expectRefusal(await startNode(name), {
      exit: 3,
      code: 'DIRECTORY_NOT_PRIVATE',
      says: 'has mode 0777',
      remedy: `chmod 755 ${path(name)}`,
    });
  });

  test('on which a node runs already', async () => {
    expectRefusal(await startNode('n1'), {
      exit: 4,
      code: 'STATE_IN_USE',
      says: 'another process holds',
      remedy: 'Another node runs on this data directory',
    });
    expect(JSON.parse(await mesh.must('status', ...N1, '-o', 'json'))).toMatchObject({
      node: 'n1',
    });
  });

  test('that is not there', async () => {
    expectRefusal(await untouched(() => startNode('nowhere')), {
      exit: 2,
      code: 'DATA_DIRECTORY_MISSING',
      says: `there is no node in ${path('nowhere')}`,
      remedy: 'selvage join',
    });
  });

  test('with a key that a crash cut off', async () => {
    const name = copyOfN2('cut');
    truncateSync(path(name, 'keys', 'authority.key'), 100);
    expectRefusal(await startNode(name), {
      exit: 2,
      code: 'KEY_FILE_UNUSABLE',
      says: 'authority.key is no usable private key: it is cut off',
      remedy: 'Restore it from a backup',
    });
  });

  test('with a state that a crash cut off', async () => {
    const name = copyOfN2('cut');
    truncateSync(path(name, 'state.db'), 100);
    expectRefusal(await startNode(name), {
      exit: 3,
      code: 'STATE_CORRUPT',
      says: 'state.db is damaged',
      remedy: 'Restore it from a backup, or move the data directory away and join',
    });
  });

  test('with a lost key', async () => {
    const name = copyOfN2('cut');
    rmSync(path(name, 'keys', 'online.key'));
    expectRefusal(await startNode(name), {
      exit: 4,
      code: 'DATA_DIRECTORY_DAMAGED',
      says: 'online.key does not exist',
      remedy: 'selvage token create --name NODE',
    });
  });

  test('with the key of another node', async () => {
    const name = copyOfN2('mixed');
    copyFileSync(path('o1', 'keys', 'node.key'), path(name, 'keys', 'node.key'));
    expectRefusal(await startNode(name), {
      exit: 4,
      code: 'DATA_DIRECTORY_DAMAGED',
      says: 'it is for another key of n2',
      remedy: 'Restore it from a backup',
    });
  });

  test('that a crash left half made does not hinder the next attempt', async () => {
    mkdirSync(path('.n7.partial', 'keys'), { recursive: true });
    writeFileSync(path('.n7.partial', 'keys', 'node.key'), 'half');
    await mesh.must('join', await freshToken(), '--data', path('n7'));
    expect(readdirSync(mesh.directory)).not.toContain('.n7.partial');
  });

  test('that exists is not founded upon again', async () => {
    const found = ['--trust-domain', 'bad.example', '--governor-key', path('new.key')];
    expectRefusal(await untouched(() => mesh.run('init', ...found, ...N1)), {
      exit: 2,
      code: 'DATA_DIRECTORY_TAKEN',
      says: 'is not empty',
      remedy: 'Choose another directory',
    });
  });
});

describe('where a node listens', () => {
  for (const port of ['peers', 'join', 'metrics']) {
    test(`on a ${port} port that is in use`, async () => {
      const taken = createServer().listen(0, OTHER_HOST);
      await new Promise((resolve) => taken.once('listening', resolve));
      const address = taken.address();
      const number = typeof address === 'object' ? String(address?.port) : '';
      const outcome = await startNode('o1', `--${port}-port`, number);
      taken.close();
      expectRefusal(
        // What was logged until then stands above.
        { ...outcome, errors: outcome.errors.slice(outcome.errors.indexOf('error[')) },
        {
          exit: 4,
          code: 'ADDRESS_IN_USE',
          says: `something listens on ${OTHER_HOST}:${number} already`,
          remedy: `choose another port with --${port}-port`,
        },
      );
      // Nothing of it runs on: the next one starts.
      const again = await mesh.startNode('o1', OTHER_HOST);
      expect(await again.stop()).toBe(0);
    });
  }

  test('at an address of another host', async () => {
    expectRefusal(await startNode('o1', '--listen', '192.0.2.1'), {
      exit: 2,
      code: 'ADDRESS_UNAVAILABLE',
      says: 'this host has no address 192.0.2.1',
      remedy: 'ip addr',
    });
  });

  test('every mistake of its configuration is told at once, with its place', async () => {
    const file = write(
      'selvage.yaml',
      'apiVersion: selvage.dev/v1alpha1\nkind: NodeConfig\nlog:\n  levle: info\nports:\n  peers: 99999\n',
    );
    const { code, errors } = await mesh.run('node', '--config', file, '--listen', '0.0.0.0');
    expect(errors).toContain(`${file}:4:3: log.levle is no known field: did you mean level?`);
    expect(errors).toContain(`${file}:6:10: ports.peers is 99999: write a port`);
    expect(errors).toContain("--listen: '0.0.0.0': write an IPv4 address of this host");
    expect(errors).toContain('error[INPUT_INVALID]: the node was not started');
    expect(code).toBe(2);
    rmSync(file);
  });
});

describe('what governors sign', () => {
  const inForce = async () =>
    JSON.parse(await mesh.must('status', ...N1, '-o', 'json')).trust.version;
  let before: number;
  beforeAll(async () => {
    before = await inForce();
  });
  afterAll(async () => expect(await inForce()).toBe(before));

  test('with a key that lies in a data directory', async () => {
    copyFileSync(GOVERNOR, path('n2', 'governor.key'));
    const outcome = await mesh.run(
      'apply',
      '-f',
      HELLO,
      '--key',
      path('n2', 'governor.key'),
      ...N1,
    );
    rmSync(path('n2', 'governor.key'));
    const wanted = {
      exit: 3,
      code: 'KEY_IN_DATA_DIRECTORY',
      says: `lies in the data directory ${path('n2')}`,
      remedy: 'Keep it elsewhere',
    } as const;
    expectRefusal(outcome, wanted);
    const inside = ['--governor-key', path('n8', 'governor.key'), '--data', path('n8')];
    const founded = () => mesh.run('init', '--trust-domain', 'bad.example', ...inside);
    expectRefusal(await untouched(founded), { ...wanted, says: path('n8') });
  });

  test('with a key of another mesh', async () => {
    const key = ['--key', path('other.key'), ...N1, '--yes'];
    expectRefusal(await mesh.run('apply', '-f', HELLO, ...key), {
      exit: 3,
      code: 'NOT_A_GOVERNOR',
      says: 'is no governor of this mesh',
      remedy: 'selvage init',
    });
  });

  test('a policy with a mistake in it', async () => {
    const file = write('p.cedar', 'permit(principal, action, resource)\nwhen { true }};\n');
    const outcome = await apply(file);
    expect(outcome.errors).toContain(`${file}:2:14: unexpected token`);
    expectRefusal(outcome, {
      exit: 2,
      code: 'INPUT_INVALID',
      says: '1 mistake, listed above; nothing was changed',
      remedy: 'Correct the lines above',
    });
  });

  test('a policy that would be enforced without what its author hoped for', async () => {
    const file = write('p.cedar', '@moed("audit")\nforbid(principal, action, resource);\n');
    expectRefusal(await apply(file), {
      exit: 2,
      code: 'INPUT_INVALID',
      says: `${file}:1:1: the annotation @moed is not known`,
      remedy: 'Correct the lines above',
    });
  });

  test('a resource with an unknown field, a missing one and a name that is no DNS label', async () => {
    const file = write(
      's.yaml',
      'apiVersion: selvage.dev/v1alpha1\nkind: Service\nmetadata:\n  name: Web_1\nspec:\n  protocl: http\n',
    );
    const outcome = await apply(file);
    expect(outcome.errors).toContain(`${file}:4:9: metadata.name is 'Web_1': write 1 to 63 of a-z`);
    expect(outcome.errors).toContain(
      `${file}:6:3: spec.protocl is no known field: did you mean protocol?`,
    );
    expectRefusal(outcome, {
      exit: 2,
      code: 'INPUT_INVALID',
      says: 'spec.protocol is missing: write http or tcp',
      remedy: 'Correct the lines above',
    });
  });

  test('a file that is cut off in the middle', async () => {
    const file = write('s.yaml', 'apiVersion: selvage.dev/v1alpha1\nkind: Serv');
    expect((await apply(file)).errors).toMatch(/s\.yaml:2:7: .*Serv/);
    appendFileSync(file, 'ice\nmetadata: {name: "web');
    const outcome = await apply(file);
    expect(outcome.errors).toMatch(/s\.yaml:3:\d+: /);
    expect(outcome.code).toBe(2);
  });
});

describe('a workload', () => {
  const run = (...args: string[]) => mesh.run('run', ...SOCKET, ...args);

  test('whose service name is no DNS label', async () => {
    expectRefusal(await run('--service', 'Web_1', '--', 'true'), {
      exit: 2,
      code: 'COMMAND_LINE_INVALID',
      says: "'Web_1' is no service name: use 1 to 63 of a-z",
      remedy: '--help',
    });
  });

  test('with an upstream that does not exist', async () => {
    const upstream = ['--upstream', 'wep=29001'];
    expectRefusal(await run('--service', 'client', ...upstream, '--', 'touch', path('started')), {
      exit: 3,
      code: 'WORKLOAD_REFUSED',
      says: 'no service default/wep is in force; did you mean default/web?',
      remedy: 'selvage get services',
    });
    expect(readdirSync(mesh.directory)).not.toContain('started');
  });

  test('that nobody registered is shown the entry that is missing', async () => {
    expectRefusal(await run('--service', 'nobody', '--', 'true'), {
      exit: 3,
      code: 'WORKLOAD_REFUSED',
      says: 'there is no registration for it',
      remedy: 'kind: Registration',
    });
  });

  test('whose program does not exist', async () => {
    expectRefusal(await run('--service', 'client', '--', 'no-such-program'), {
      exit: 2,
      code: 'PROGRAM_NOT_STARTED',
      says: "'no-such-program' cannot be started",
      remedy: 'on PATH',
    });
  });

  test('whose local port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const outcome = await run('--service', 'client', '--upstream', `web=${port}`, '--', 'true');
    taken.close();
    expectRefusal(outcome, {
      exit: 4,
      code: 'ADDRESS_IN_USE',
      says: `something listens on 127.0.0.1:${port} already`,
      remedy: 'Stop the other process',
    });
  });

  test('without a node behind its socket', async () => {
    const nowhere = ['--socket', path('n2', 'workload.sock')];
    const outcome = await mesh.run(
      'sidecar',
      ...nowhere,
      '--service',
      'client',
      '--log-level',
      'error',
    );
    expectRefusal(outcome, {
      exit: 4,
      code: 'NODE_SILENT',
      says: `no node answers on ${path('n2', 'workload.sock')}`,
      remedy: 'selvage node --data DIR',
    });
  });
});

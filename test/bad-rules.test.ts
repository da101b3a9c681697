import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { appendFileSync, copyFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import {
  apply,
  expectRefusal,
  GOVERNOR,
  HELLO,
  mesh,
  N1,
  openMesh,
  path,
  SOCKET,
  untouched,
  write,
} from './bad-input-mesh.ts';

/**
 * What a person can get wrong with rules and workloads, each tried on real processes: the exit code, the
 * code of the error, that it says what to do, and that nothing is left half done.
 */

/** A first refusal may be the news of a change still under way: a sidecar asks for 3 seconds. */
setDefaultTimeout(120_000);

beforeAll(openMesh);
afterAll(() => mesh.close());

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
    const inside = [
      '--governor-key',
      path('n8', 'governor.key'),
      '--no-passphrase',
      '--data',
      path('n8'),
    ];
    const founded = () => mesh.run('init', '--trust-domain', 'bad.example', ...inside);
    expectRefusal(await untouched(founded), { ...wanted, says: path('n8') });
  });

  test('with a key of another mesh', async () => {
    const key = ['--key', path('other.key'), ...N1, '--yes'];
    expectRefusal(await mesh.run('apply', '-f', HELLO, ...key), {
      exit: 3,
      code: 'TRUST_DOMAIN_MISMATCH',
      says: 'of the mesh bad.example, and the key is for other.example',
      remedy: 'node of the mesh that you mean',
    });
  });

  test('with a key that nobody was told of', async () => {
    const out = ['--out', path('nobody.key'), '--no-passphrase'];
    await mesh.must('governor', 'new', 'nobody', ...out);
    const key = ['--key', path('nobody.key'), ...N1, '--yes'];
    const file = write('fresh.cedar', 'permit(principal, action, resource);\n');
    expectRefusal(await mesh.run('apply', '-f', file, ...key), {
      exit: 3,
      code: 'NOT_A_GOVERNOR',
      says: 'may sign none of targets',
      remedy: 'selvage governor list',
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
      says: 'spec.protocol is missing: write one of http, http2, grpc, tcp, udp, auto',
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
      says: `no node answers: '${path('n2', 'workload.sock')}' does not exist`,
      remedy: 'selvage node --data DIR',
    });
  });
});

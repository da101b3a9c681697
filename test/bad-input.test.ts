import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import {
  copyOfN2,
  expectRefusal,
  freshToken,
  join,
  mesh,
  N1,
  OTHER_HOST,
  openMesh,
  path,
  startNode,
  untouched,
  write,
} from './bad-input-mesh.ts';

/**
 * What a person can get wrong with nodes, each tried on real processes: the exit code, the
 * code of the error, that it says what to do, and that nothing is left half done.
 */

/** A first refusal may be the news of a change still under way: a sidecar asks for 3 seconds. */
setDefaultTimeout(120_000);

beforeAll(openMesh);
afterAll(() => mesh.close());

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
      remedy: 'restore it from a backup',
    });
  });

  test('without the CA key, or with something else in its place', async () => {
    const name = copyOfN2('cut');
    const key = path(name, 'keys', 'authority.key');
    rmSync(key);
    expectRefusal(await startNode(name), {
      exit: 4,
      code: 'DATA_DIRECTORY_DAMAGED',
      says: 'authority.key does not exist',
      remedy: 'Restore it from a backup',
    });
    mkdirSync(key);
    expectRefusal(await startNode(name), {
      exit: 2,
      code: 'KEY_FILE_UNUSABLE',
      says: 'it is no regular file',
      remedy: 'restore it from a backup',
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
    const found = [
      '--trust-domain',
      'bad.example',
      '--governor-key',
      path('new.key'),
      '--no-passphrase',
    ];
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

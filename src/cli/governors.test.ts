import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { Scene } from './testing/index.ts';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

const idIn = (out: string): string => /proposed ([0-9a-f]{12})/.exec(out)?.[1] ?? '';
const signed = (name: string): string[] => [...scene.as(name), '--yes'];
const names = (): string[] => scene.node.inForce.governors.keys.map(({ name }) => name);

describe('governors', () => {
  test('are listed with their keys, and with the root that their keys are bound to', async () => {
    const { out } = await scene.run(['governor', 'list']);
    expect(out).toMatch(/ada +ed25519:[0-9a-f]{64}\n/);
    expect(out).toMatch(/must sign +1 of 1\n/);
    expect(out).toMatch(/root +1, SHA-256 [0-9a-f]{64}\n/);
    const json = JSON.parse((await scene.run(['governor', 'list', '-o', 'json'])).out);
    expect(json).toMatchObject({ threshold: 1, rootVersion: 1, items: [{ name: 'ada' }] });
  });

  test('grow, and a threshold that helps nobody is warned of', async () => {
    scene.key('bob');
    const add = ['governor', 'add', scene.publicHalf('bob'), ...signed('ada')];
    const { out, errors } = await scene.run(add);
    expect(out).toContain('published version 2');
    expect(errors).toContain('any one of the 2 decides alone');
    expect(names()).toEqual(['ada', 'bob']);
    const twice = await scene.run(add);
    expect([twice.code, twice.errors]).toEqual([2, expect.stringContaining('bob')]);
  });

  test('cannot be fewer than must sign', async () => {
    const { code, errors } = await scene.run(['governor', 'remove', 'ada', ...signed('ada')]);
    expect([code, errors]).toEqual([2, expect.stringContaining('SIGNERS_INVALID')]);
  });

  test('are named as they are listed, and a slip is corrected', async () => {
    const { code, errors } = await scene.run(['governor', 'remove', 'adda', ...signed('ada')]);
    expect([code, errors]).toEqual([2, expect.stringContaining('Did you mean ada?')]);
  });

  test('get a new key in the place of a lost one', async () => {
    for (const name of ['bob', 'bob-2']) scene.key(name);
    await scene.run(['governor', 'add', scene.publicHalf('bob'), ...signed('ada')]);
    const rotate = ['governor', 'rotate', 'bob', scene.publicHalf('bob-2'), ...signed('ada')];
    expect((await scene.run(rotate)).out).toContain('published version 3');
    expect(names()).toEqual(['ada', 'bob-2']);
  });
});

describe('a namespace', () => {
  const service = (namespace: string): string =>
    `apiVersion: selvage.dev/v1alpha1\nkind: Service\nmetadata: { name: till, namespace: ${namespace} }\nspec: { protocol: http }\n`;
  const till = () => scene.file('till.yaml', service('payments'));

  beforeEach(async () => {
    scene.key('erin');
    const add = ['delegation', 'add', 'payments', scene.publicHalf('erin'), ...signed('ada')];
    const proposed = await scene.run(add);
    expect(proposed.out).toContain('version payments/1  0 of 1 signed; 1 more of erin');
    const { out } = await scene.run(['approve', idIn(proposed.out), ...signed('erin')]);
    expect(out).toContain('published version 2, payments/1');
  });

  test('is handed to a team, which then signs what is in it', async () => {
    const list = await scene.run(['delegation', 'list']);
    expect(list.out).toMatch(/payments +1 of 1 \(erin\) +payments\/1 +\d{4}-/);
    const { out } = await scene.run(['apply', '-f', till(), ...signed('erin')]);
    expect(out).toContain('published version payments/2');
  });

  test('is not for others to sign: refused at its line, and proposed without a key', async () => {
    const { code, errors } = await scene.run(['apply', '-f', till(), ...signed('ada')]);
    expect(code).toBe(2);
    expect(errors).toContain('till.yaml:1:1: the namespace payments is for erin to sign');
    const { out } = await scene.run(['propose', '-f', till()]);
    expect(out).toContain('version payments/2  0 of 1 signed; 1 more of erin');
    const abroad = scene.file('shop.yaml', service('shop'));
    const stranger = await scene.run(['apply', '-f', abroad, ...signed('erin')]);
    expect(stranger.errors).toContain('shop.yaml:1:1: what is not handed to a team is for ada');
  });

  test('is not passed over when another one was typed', async () => {
    const typed = ['-f', till(), '-n', 'paymnts'];
    for (const args of [['propose'], ['apply', ...signed('erin')], ['delete', ...signed('erin')]]) {
      const { code, errors } = await scene.run([...args, ...typed]);
      expect([args[0], code]).toEqual([args[0], 2]);
      expect(errors).toMatch(/till\.yaml:3:\d+: metadata.namespace is 'payments': write paymnts,/);
    }
  });

  test('has policies of its own, where -n says so', async () => {
    const policy = scene.file(
      'till.cedar',
      'permit(principal, action, resource in Namespace::"payments");',
    );
    const apply = ['apply', '-f', policy, '-n', 'payments', ...signed('erin')];
    expect((await scene.run(apply)).out).toContain('payments/till');
    expect(scene.node.inForce.policies).toMatchObject([{ name: 'till', namespace: 'payments' }]);
    const gone = ['delete', 'policy', 'till', '-n', 'payments', ...signed('erin')];
    expect((await scene.run(gone)).out).toContain('- policy payments/till');
  });

  test('is taken back without the team, and what is in it stays', async () => {
    await scene.run(['apply', '-f', till(), ...signed('erin')]);
    const { out } = await scene.run(['delegation', 'remove', 'payments', ...signed('ada')]);
    expect(out).toContain('published version 3');
    expect(scene.node.inForce.services).toMatchObject([{ key: 'payments/till' }]);
    expect((await scene.run(['delegation', 'list'])).errors).toContain('every namespace is in');
  });
});

test('authorities are listed, and the last one cannot be removed', async () => {
  expect((await scene.run(['authority', 'list'])).out).toMatch(/n1 +[0-9a-f]{64}/);
  const last = await scene.run(['authority', 'remove', 'n1', ...signed('ada')]);
  expect(last.errors).toContain('LAST_AUTHORITY');
  expect((await scene.run(['authority', 'add', 'n2', ...signed('ada')])).code).toBe(0);
  const remove = ['authority', 'remove', 'n2', '--stolen', ...signed('ada')];
  expect((await scene.run(remove)).out).toContain('- authority n2');
  const again = await scene.run(remove);
  expect([again.code, again.errors]).toEqual([2, expect.stringContaining('Did you mean n1?')]);
});

test('a registration for a node that nobody knows is taken, with a warning at its place', async () => {
  const file = scene.file(
    'web.yaml',
    'apiVersion: selvage.dev/v1alpha1\nkind: Registration\nmetadata: { name: web }\nspec:\n  nodes: [n1, n33]\n  selectors: { uid: 7 }\n',
  );
  const { code, errors } = await scene.run(['apply', '-f', file, ...signed('ada')]);
  expect(code).toBe(0);
  expect(errors).toContain("web.yaml:5:15: no node 'n33' is known yet: did you mean n3?");
});

test('the certificate of an authority that joined again, and has other keys, is listed as lost', async () => {
  const again = { node: 'n1', certificatePem: 'another', onlineKey: 'cd'.repeat(32) };
  const service = { ...scene.node.service, authorityCandidate: async () => again };
  const { out } = await scene.run(['authority', 'list'], { service });
  expect(out).toMatch(/n1 +[0-9a-f]{64} +lost /);
});

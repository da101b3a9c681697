import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { sampleService } from '../admin/testing/index.ts';
import { Scene } from './testing/index.ts';

const SERVICE = `apiVersion: selvage.dev/v1alpha1
kind: Service
metadata: { name: web }
spec: { protocol: http }
`;

let scene: Scene;
let web = '';

/** From one governor to two of three: the second signs as well, which shows that the key is there. */
beforeEach(async () => {
  scene = new Scene();
  for (const name of ['bob', 'carol']) scene.key(name);
  const files = ['bob', 'carol'].map((name) => scene.publicHalf(name));
  const add = ['governor', 'add', ...files, '--threshold', '2', ...scene.as('ada'), '--yes'];
  const id = idIn((await scene.run(add)).out);
  const { out } = await scene.run(['approve', id, ...scene.as('carol'), '--yes']);
  expect(out).toContain('published version 2');
  web = scene.file('web.yaml', SERVICE);
});
afterEach(() => scene.end());

/** The id that a command said. */
const idIn = (out: string): string =>
  /(?:proposed|signed|rejected) ([0-9a-f]{12})/.exec(out)?.[1] ?? '';

describe('with a threshold of two', () => {
  test('apply proposes, signed, and says who is missing and what they type', async () => {
    const { code, out } = await scene.run(['apply', '-f', web, ...scene.as('ada')]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      '+ service default/web (http)',
      expect.stringMatching(/^proposed [0-9a-f]{12}$/),
      'version 3  1 of 2 signed (ada); 1 more of bob, carol',
      expect.stringMatching(/^to sign it: selvage approve [0-9a-f]{12} --key FILE$/),
      '',
    ]);
    expect(scene.node.inForce.services).toEqual([]);
  });

  test('anybody may propose without a key, and give a reason', async () => {
    const reason = ['--reason', 'a shop needs a web'];
    const { out } = await scene.run(['propose', '-f', web, ...reason]);
    expect(out).toContain('version 3  0 of 2 signed; 2 more of ada, bob, carol');
    const list = await scene.run(['proposals']);
    expect(list.out).toMatch(/open\s+3\s+0 of 2\s+ada, bob, carol\s+\S+\s+a shop needs a web/);
  });

  test('the last signature publishes', async () => {
    const id = idIn((await scene.run(['apply', '-f', web, ...scene.as('ada')])).out);
    const shown = await scene.run(['show', id.slice(0, 4)]);
    expect(shown.out).toContain('+ service default/web (http)');
    expect(shown.out).toContain('1 of 2 signed (ada); 1 more of bob, carol');
    const { code, out } = await scene.run(['approve', id, ...scene.as('bob')], { answer: 'y' });
    expect(code).toBe(0);
    expect(out).toContain('+ service default/web (http)');
    expect(out).toContain('published version 3, digest');
    expect(scene.node.inForce.services).toMatchObject([{ key: 'default/web' }]);
  });

  test('an approval is asked for, and not taken for given where nobody can answer', async () => {
    const id = idIn((await scene.run(['propose', '-f', web])).out);
    for (const more of [{ answer: 'n' }, {}]) {
      const { code, errors } = await scene.run(['approve', id, ...scene.as('bob')], more);
      expect([code, errors]).toEqual([3, expect.stringContaining('was not signed')]);
    }
    const agreed = await scene.run(['approve', id, ...scene.as('bob'), '--yes']);
    expect(agreed.out).toContain('1 of 2 signed (bob)');
  });

  test('a dry run says who must sign, and proposes nothing', async () => {
    const { out } = await scene.run(['propose', '-f', web, '--dry-run']);
    expect(out).toContain('2 more of ada, bob, carol\ndry run: nothing was proposed');
    expect((await scene.run(['proposals'])).errors).toContain('nothing is proposed');
  });

  test('a proposal is carried to a computer without a node, and its signature back', async () => {
    const id = idIn((await scene.run(['apply', '-f', web, ...scene.as('ada')])).out);
    const [change, signature] = [scene.path('change.json'), scene.path('approval.json')];
    await scene.run(['show', id, '--out', change]);
    const sign = ['approve', change, ...scene.as('carol'), '--out', signature];
    const signed = await scene.run(sign, { answer: 'yes' });
    expect(signed.asked).toEqual([]);
    expect(signed.out).toContain('+ service default/web (http)');
    expect(signed.out).toContain('1 of 2 signed (carol)');
    expect((await scene.run(['show', change])).out).toContain('+ service default/web (http)');
    const { out } = await scene.run(['submit', signature]);
    expect(out).toContain('published version 3');
  });

  test('a rejection says why, and can be carried as well', async () => {
    const id = idIn((await scene.run(['propose', '-f', web])).out);
    const reject = ['reject', id, ...scene.as('bob'), '--reason', 'we have a web'];
    expect((await scene.run(reject)).out).toContain(`rejected ${id}`);
    expect((await scene.run(['show', id])).out).toMatch(/rejected by \S+: we have a web/);
    const file = scene.path('no.json');
    await scene.run([...reject, '--out', file]);
    expect((await scene.run(['submit', file])).code).toBe(0);
  });

  test('a rejection shows what is rejected, and asks: it stands for good', async () => {
    const id = idIn((await scene.run(['propose', '-f', web])).out);
    const reject = ['reject', id, ...scene.as('bob'), '--reason', 'we have a web'];
    const refused = await scene.run(reject, { answer: 'n' });
    expect(refused).toMatchObject({
      code: 3,
      out: expect.stringContaining('+ service default/web (http)\n'),
    });
    expect(refused.errors).toContain(`reject proposal ${id} for good? [y/N] `);
    expect((await scene.run(['show', id])).out).not.toContain('rejected by');
    const agreed = await scene.run([...reject, '--yes'], { answer: 'n' });
    expect(agreed.out).toContain(`rejected ${id}`);
  });

  test('what cannot come into force any more can be rejected', async () => {
    const id = idIn((await scene.run(['propose', '-f', web])).out);
    const other = scene.file('other.yaml', SERVICE.replace('web', 'other'));
    const next = idIn((await scene.run(['apply', '-f', other, ...scene.as('ada')])).out);
    await scene.run(['approve', next, ...scene.as('bob'), '--yes']);
    const reject = [
      'reject',
      id,
      ...scene.as('bob'),
      '--reason',
      'late',
      '--out',
      scene.path('no'),
    ];
    const { code, out } = await scene.run(reject);
    expect([code, out]).toEqual([0, expect.stringContaining('it cannot come into force: ')]);
  });

  test('files that carry something else are refused', async () => {
    const wrong = scene.file('wrong.json', '{}');
    const submitted = await scene.run(['submit', wrong]);
    expect([submitted.code, submitted.errors]).toEqual([
      2,
      expect.stringContaining('wrong.json: '),
    ]);
    const approved = await scene.run(['approve', wrong, ...scene.as('bob')]);
    expect([approved.code, approved.errors]).toEqual([2, expect.stringContaining('wrong.json: ')]);
  });

  test('a key is bound to the first mesh that it signs for', async () => {
    const first = await scene.run(['apply', '-f', web, ...scene.as('bob')]);
    expect(first.errors).toContain('bob.key is for shop.example alone: root 2, SHA-256');
    expect(JSON.parse(readFileSync(scene.path('bob.key.mesh'), 'utf8'))).toMatchObject({
      trustDomain: 'shop.example',
      rootVersion: 2,
    });
    const again = await scene.run(['apply', '-f', web, ...scene.as('bob'), '--yes']);
    expect(again.errors).toBe('');
    const other = new Scene();
    const service = other.node.service;
    const { code, errors } = await scene.run(['apply', '-f', web, ...scene.as('bob')], { service });
    other.end();
    expect(code).toBe(3);
    expect(errors).toContain('the newest root of the node is 1, and the key has seen root 2');
    expect(errors).toContain('bob.key.mesh');
  });

  test('a key that is bound founds no other mesh, and goes on knowing its own', async () => {
    await scene.run(['apply', '-f', web, ...scene.as('bob')]);
    const bound = readFileSync(scene.path('bob.key.mesh'), 'utf8');
    const mistyped = ['--trust-domain', 'shpo.example', '--data', scene.path('other')];
    const { code, errors } = await scene.run([
      ...['init', ...mistyped, '--governor-key', scene.path('bob.key')],
    ]);
    expect([code, existsSync(scene.path('other'))]).toEqual([2, false]);
    expect(errors).toContain('bob.key is the key of a governor of shop.example (root 2)');
    expect(readFileSync(scene.path('bob.key.mesh'), 'utf8')).toBe(bound);
  });
});

test('the list says what a node cannot tell, and that what is over waits for nobody', async () => {
  const [item] = (await sampleService().proposals({})).items;
  if (item === undefined) throw new Error('the sample has one');
  const over = { ...item, state: 'overtaken' as const };
  const items = [
    over,
    { ...over, id: 'b1', parts: [] },
    { ...item, id: 'b2', versions: [], parts: [], problem: 'this node has not fetched it yet' },
    { ...item, id: 'b3', versions: ['root 2', '4'] },
  ];
  const { out } = await scene.run(['proposals'], {
    service: { proposals: async () => ({ items }) },
  });
  const cells = out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 5).join(' | '));
  expect(cells.slice(1, 5)).toEqual([
    'abababababab | overtaken | 4 | 1 of 2 | -',
    'b1 | overtaken | 4 | unknown | -',
    'b2 | open | unknown | unknown | unknown',
    'b3 | open | 4 | 1 of 2 | dave',
  ]);
});

import { afterEach, beforeEach, expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { Scene } from './testing/index.ts';

const HELLO = 'permit (principal, action, resource);\n';

let scene: Scene;

beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

/** The whole id of what is proposed with this file. */
async function proposed(name: string, text: string): Promise<string> {
  await scene.run(['propose', '-f', scene.file(name, text)]);
  const { out } = await scene.run(['proposals', '-o', 'json']);
  return JSON.parse(out).items.at(-1).id;
}

test('the whole text of a policy is shown before it is signed', async () => {
  await scene.run(['apply', '-f', scene.file('hello.cedar', HELLO), ...scene.as('ada'), '--yes']);
  const worse = HELLO.replace('permit', '// \u202e\nforbid');
  const id = await proposed('hello.cedar', worse);
  for (const args of [
    ['show', id],
    ['approve', id, ...scene.as('ada')],
  ]) {
    const { out } = await scene.run(args);
    expect(out).toContain(
      [
        '~ policy hello',
        '    - permit (principal, action, resource);',
        '    + // \\u{202e}',
        '    + forbid (principal, action, resource);',
      ].join('\n'),
    );
  }
});

test('a node that hands out another proposal than was asked for gets no signature', async () => {
  const asked = await proposed('hello.cedar', HELLO);
  const other = await proposed('evil.cedar', HELLO);
  const honest = scene.node.service;
  const service = {
    ...honest,
    proposal: async () => (await honest.proposal?.({ id: other })) as never,
  };
  const { code, errors } = await scene.run(['approve', asked, ...scene.as('ada'), '--yes'], {
    service,
  });
  expect([code, errors]).toEqual([4, expect.stringContaining(`hands out proposal ${other}`)]);
  expect(scene.node.inForce.policies).toEqual([]);
});

test('a proposal whose dates are those of another time is not signed, whoever hands it out', async () => {
  const id = await proposed('hello.cedar', HELLO);
  const day = 86_400_000;
  for (const [days, code] of [
    [8, 'PROPOSAL_CLOSED'],
    [-1, 'PROPOSAL_MISDATED'],
  ] as const) {
    const clock = new FakeClock(new FakeClock().now() + days * day);
    const { errors } = await scene.run(['approve', id, ...scene.as('ada'), '--yes'], { clock });
    expect(errors).toContain(code);
  }
  expect(scene.node.inForce.policies).toEqual([]);
});

test('whoever comes too late or mistypes is told so before a key is opened', async () => {
  const id = await proposed('hello.cedar', HELLO);
  const honest = scene.node.service;
  const service = {
    ...honest,
    proposal: async () => ({ ...(await honest.proposal?.({ id })), state: 'published' }) as never,
  };
  const key = ['--key', scene.path('missing.key')];
  const late = await scene.run(['approve', id, ...key], { service });
  expect(late.errors).toMatch(/PROPOSAL_CLOSED.* is published\n.*It is in force/);
  const mistyped = await scene.run(['approve', 'chnge.json', ...key]);
  expect(mistyped.errors).toContain("'chnge.json' is no file here, and no beginning of an id");
});

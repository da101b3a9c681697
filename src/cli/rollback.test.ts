import { afterEach, beforeEach, expect, test } from 'bun:test';
import { encodeKeptList, listInForce, openHeld } from '../governance/index.ts';
import { Scene } from './testing/index.ts';

let scene: Scene;

beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

const settings = (headers: string): string =>
  `apiVersion: selvage.dev/v1alpha1\nkind: MeshSettings\nspec: { policyHeaders: [${headers}] }\n`;
const READS = `permit (principal, action in Action::"http", resource in Namespace::"payments")
when { context.headers has "x-team" };
`;

/** Signed by all who must, so that it is in force. */
async function enacted(args: readonly string[], ...people: readonly [string, ...string[]]) {
  const [first, ...others] = people;
  const { out, errors } = await scene.run([...args, ...scene.as(first), '--yes']);
  const id = /proposed ([0-9a-f]{12})/.exec(out)?.[1] ?? '';
  for (const name of others) await scene.run(['approve', id, ...scene.as(name), '--yes']);
  return `${out}${errors}`;
}

const apply = (name: string, text: string) => ['apply', '-f', scene.file(name, text)];

test('a version whose policies can be read no more is not brought back, since that closes a namespace', async () => {
  scene.key('bob');
  await enacted(apply('s.yaml', settings('x-team')), 'ada');
  await enacted(['delegation', 'add', 'payments', scene.publicHalf('bob')], 'ada', 'bob');
  await enacted([...apply('pay.cedar', READS), '-n', 'payments'], 'bob');
  const kept = listInForce(openHeld(scene.node.held), 'ns.payments');
  if (kept === undefined) throw new Error('payments has no list');
  const list = Buffer.from(encodeKeptList(kept)).toString('base64');
  const plain = READS.replace(/when.*/, ';').replace('};', '');
  await enacted([...apply('pay.cedar', plain), '-n', 'payments'], 'bob');
  const { version } = scene.node.inForce.lists.find(({ role }) => role === 'ns.payments') ?? {};
  const back = ['rollback', `payments/${(version ?? 0) - 1}`, ...scene.as('bob'), '--yes'];
  const service = { ...scene.node.service, keptList: async () => ({ list }) };
  const dry = await scene.run([...back, '--dry-run'], { service });
  expect([dry.errors, dry.out]).toEqual(['', expect.stringContaining('~ policy payments/pay')]);
  await enacted(apply('s.yaml', settings('')), 'ada');
  const { code, errors } = await scene.run(back, { service });
  expect(code).toBe(3);
  expect(errors).toContain('the namespace payments would be closed: payments/pay.cedar: ');
});

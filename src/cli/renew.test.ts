import { afterEach, beforeEach, expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { type Outcome, Scene } from './testing/index.ts';

const DAY_MS = 86_400_000;

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

/** `selvage renew`, so many days after the mesh was founded. */
const renewAfter = (days: number, ...args: readonly string[]): Promise<Outcome> => {
  const clock = new FakeClock(new FakeClock().now() + days * DAY_MS);
  return scene.run(['renew', ...args, ...scene.as('ada')], { clock });
};

test('what governors signed is signed again without a file, also in a mesh where nothing is in force', async () => {
  const { code, out } = await renewAfter(310);
  expect([code, out]).toEqual([0, expect.stringMatching(/^published version 2, digest/)]);
  expect(scene.node.inForce).toMatchObject({ version: 2, rootVersion: 2 });
});

test('what has most of its life before it is left as it is', async () => {
  const { code, out } = await renewAfter(100);
  expect([code, scene.node.inForce.version]).toEqual([0, 1]);
  expect(out).toMatch(/^nothing to renew: it is good until 2031-01-01T00:00:00/);
});

test('a namespace that no team has is refused', async () => {
  expect(await renewAfter(310, '-n', 'payments')).toMatchObject({
    code: 2,
    errors: expect.stringContaining('no team has the namespace payments'),
  });
});

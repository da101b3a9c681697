import { afterEach, expect, test } from 'bun:test';
import { WalkThrough } from './walk-through.ts';

let walk: WalkThrough | undefined;
afterEach(async () => {
  await walk?.close();
  walk = undefined;
});

const PAGES: readonly (readonly [page: string, needs: readonly string[]])[] = [
  ['README.md', ['python3', 'curl']],
  ['examples/echo/README.md', ['node']],
  ['docs/guides/policies.md', ['sed']],
  ['docs/guides/governance.md', ['cat']],
  ['docs/guides/identity.md', ['sh', 'openssl']],
  ['docs/guides/grpc-and-websocket.md', ['curl']],
  ['docs/guides/capture.md', ['root', 'python3', 'curl', 'ip', 'nft']],
];

const isThere = (need: string): boolean =>
  need === 'root' ? process.getuid?.() === 0 : Bun.which(need) !== null;

for (const [page, needs] of PAGES) {
  const missing = needs.filter((need) => !isThere(need));
  test.skipIf(missing.length > 0)(
    `${page} does what it says (needs ${needs.join(' and ')})`,
    async () => {
      walk = await WalkThrough.of(page);
      await walk.run();
    },
    180_000,
  );
}

test('the tour founds a mesh, lets a node in, makes rules, calls, is refused, and loses a node', async () => {
  walk = await WalkThrough.of('README.md');
  const words = ['init', 'node', 'apply', 'token', 'join', 'authority', 'get', 'run', 'explain'];
  for (const word of words) expect(walk.commands).toContain(`npx selvage ${word} `);
  expect(walk.commands).toContain('Ctrl-C');
});

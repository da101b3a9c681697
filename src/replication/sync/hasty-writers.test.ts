import { expect, test } from 'bun:test';
import { DEFAULT_LIMITS } from '../limits.ts';
import { Member } from '../testing/members.ts';
import { answerSync } from './answers.ts';
import { decodeRequest, SYNC_PROTOCOL } from './messages.ts';
import { handedOver } from './testing/handed-over.ts';
import { SyncMesh } from './testing/mesh.ts';

const RECORDS = 100;

test('of a writer that changed too much nothing is asked for until it may change again, and then all', async () => {
  const mesh = new SyncMesh();
  const limits = { ...DEFAULT_LIMITS, recordsPerWriter: RECORDS, changesPerMinute: 120 };
  const a = mesh.run(new Member('a', { ...mesh, limits }));
  const [b, hasty] = [new Member('b', mesh), new Member('hasty', mesh)];
  const say = (n: number) => (_: unknown, i: number) =>
    hasty.forge({ key: `${i}`, sequence: { epoch: 1, boot: 1, n } });
  for (let n = 0; n < 3; n++) a.records.acceptAll(Array.from({ length: RECORDS }, say(n)), 'x');
  b.records.acceptAll(Array.from({ length: RECORDS }, say(3)), 'x');
  let handed = 0;
  const gossip = mesh.network.join('passive');
  gossip.serve(SYNC_PROTOCOL, async (bytes) => {
    const request = decodeRequest(bytes);
    if (!request.ok) throw new Error(request.error);
    const answer = answerSync(b.records, request.value);
    handed += handedOver(request.value, answer);
    return answer;
  });
  await a.meet({ gossip });
  // Something else changes all the time, so that there is always a reason to look.
  mesh.clock.every(5_000, () => a.records.put('node', 'self', mesh.clock.now()));
  await mesh.pass(25_000);
  expect(handed).toBe(RECORDS);
  await mesh.pass(240_000);
  const sequences = a.records.snapshot().shelf(hasty.name)?.records.items() ?? [];
  expect([...sequences].filter(({ sequence }) => sequence.n === 3)).toHaveLength(RECORDS);
  expect(handed).toBeLessThan(4 * RECORDS);
});

import { expect, test } from 'bun:test';
import { SentBytes } from './sent-bytes.ts';

test('only what is sent after the mark counts, for each node and second', () => {
  let sent = 5_000;
  const mesh = { size: 2, sentInAll: (kind: string) => (kind === 'datagram' ? sent : 0) };
  const bytes = new SentBytes(mesh, 1_000);
  sent += 800;
  expect(bytes.perNodeSecond(5_000)).toMatchObject({ datagram: 100, message: 0, connection: 0 });
});

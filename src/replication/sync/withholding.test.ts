import { expect, test } from 'bun:test';
import { decodeEnvelope, encodeEnvelope } from '../envelope.ts';
import type { RecordId } from '../record.ts';
import {
  decodeRequest,
  encodeRanges,
  encodeRecords,
  encodeState,
  SYNC_PROTOCOL,
} from './messages.ts';
import { nodeAt } from './range-view.ts';
import { areSame, type SyncMember, SyncMesh } from './testing/mesh.ts';

type Lie = (id: RecordId, truth: Uint8Array) => Promise<Uint8Array | undefined>;

/** Members without gossip, and a liar that names all that `other` holds, and hands over what it likes. */
function withLiar(lie: Lie) {
  const mesh = new SyncMesh();
  const [honest, other] = [mesh.start('a'), mesh.start('b')];
  mesh.network.loses = () => true;
  const liar = mesh.network.join('liar');
  liar.serve(SYNC_PROTOCOL, async (bytes) => await answer(other, bytes, lie));
  return { mesh, honest, other, liar };
}

async function answer(
  { records }: SyncMember,
  question: Uint8Array,
  lie: Lie,
): Promise<Uint8Array> {
  const request = decodeRequest(question);
  const held = records.snapshot();
  if (request.ok && request.value.ask === 'state') {
    return encodeState({ digest: '1'.repeat(32), evidence: '', root: nodeAt(held, '') });
  }
  if (request.ok && request.value.ask === 'ranges') {
    return encodeRanges(request.value.paths.map((path) => nodeAt(held, path)));
  }
  if (!request.ok || request.value.ask !== 'records') throw new Error('not asked here');
  const [first = ''] = request.value.ids;
  return encodeRecords([await lie(first, records.bytesOf(first) ?? new Uint8Array())]);
}

test('a liar that hands over a record with another signature does not keep the true one away', async () => {
  const { mesh, honest, other, liar } = withLiar(async (_, truth) => {
    const envelope = decodeEnvelope(truth);
    return envelope && encodeEnvelope({ ...envelope, signature: new Uint8Array(64) });
  });
  other.records.put('node', 'self', 'b');
  await honest.meet({ gossip: liar });
  await mesh.pass(3_000);
  const reason = { reason: 'signature' };
  expect(honest.member.meter.value('selvage_record_refusals_total', reason)).toBeGreaterThan(0);
  await honest.meet(other);
  await mesh.pass(10_000);
  expect(areSame(honest, other)).toBe(true);
});

test('a peer that promises records and never sends them does not keep others from sending them', async () => {
  const { mesh, honest, other, liar } = withLiar(async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    mesh.clock.after(2_900, () => resolve(undefined));
    return await promise;
  });
  for (let n = 0; n < 40; n++) other.records.put('endpoint', `workload-${n}`, n);
  await honest.meet({ gossip: liar });
  await mesh.pass(1_500);
  await honest.meet(other);
  await mesh.pass(2_000);
  expect(areSame(honest, other)).toBe(true);
});

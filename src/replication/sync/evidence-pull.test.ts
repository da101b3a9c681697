import { expect, test } from 'bun:test';
import { MAX_EVIDENCE_PER_WRITER } from '../limits.ts';
import { Member, said } from '../testing/members.ts';
import { areSame, SyncMesh } from './testing/mesh.ts';

/** A mesh, and a liar with a good credential, who signs what it likes. */
function withALiar() {
  const mesh = new SyncMesh();
  const { clock, authority } = mesh;
  return { mesh, liar: new Member('liar', { clock, authority }) };
}

test('two values under one sequence, each told to another member, are caught and known to all', async () => {
  const { mesh, liar } = withALiar();
  const members = ['a', 'b', 'c', 'd'].map((name) => mesh.start(name));
  const [a, b, c, d] = members;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return;
  a.records.accept(liar.forge({ value: 'one' }), 'liar');
  d.records.accept(liar.forge({ value: 'another' }), 'liar');
  mesh.network.loses = () => true;
  await a.meet(b);
  await b.meet(c);
  await c.meet(d);
  await mesh.pass(15_000);
  expect(areSame(...members)).toBe(true);
  expect(new Set(members.map(({ records }) => said(records, 'node')['liar/self'])).size).toBe(1);
  for (const { records } of members) {
    const [evidence, ...more] = records.evidence();
    expect(more).toEqual([]);
    expect(evidence).toMatchObject({ id: 'liar/node/self', writer: 'liar' });
  }
});

test('evidence of records that have ended still reaches those who missed it', async () => {
  const { mesh, liar } = withALiar();
  const [a, b] = [mesh.start('a'), mesh.start('b')];
  for (const value of ['one', 'another']) a.records.accept(liar.forge({ value }), 'liar');
  mesh.clock.advance(2 * 3_600_000);
  await a.meet(b);
  await mesh.pass(2_000);
  expect(said(b.records, 'node')).toEqual({});
  expect(b.records.evidence().map(({ id }) => id)).toEqual(['liar/node/self']);
});

test('members that keep the evidence of different lies of one liar do not exchange it again and again', async () => {
  const { mesh, liar } = withALiar();
  const [a, b] = [mesh.start('a'), mesh.start('b')];
  for (const [member, from] of [
    [a, 0],
    [b, MAX_EVIDENCE_PER_WRITER],
  ] as const) {
    for (let n = from; n < from + MAX_EVIDENCE_PER_WRITER; n++) {
      for (const value of ['one', 'another']) {
        member.records.accept(liar.forge({ key: `${n}`, value }), 'liar');
      }
    }
  }
  await a.meet(b);
  await mesh.pass(5_000);
  const before = a.asked.bytes;
  await mesh.pass(120_000);
  expect(a.asked.bytes - before).toBeLessThan(120 * 60);
  expect(a.records.evidence()).toHaveLength(MAX_EVIDENCE_PER_WRITER);
});

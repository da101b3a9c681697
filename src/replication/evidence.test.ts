import { expect, test } from 'bun:test';
import { sha256Hex } from '../crypto/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { decodeEnvelope } from './envelope.ts';
import { EVIDENCE_LIFE_MS, MAX_EVIDENCE, MAX_EVIDENCE_PER_WRITER } from './limits.ts';
import { HOUR_MS, Member, said, TestAuthority } from './testing/members.ts';

function mesh() {
  const clock = new FakeClock();
  const authority = new TestAuthority();
  const member = (name: string) => new Member(name, { clock, authority });
  return { clock, authority, member };
}

/** Two things that `liar` says under one sequence, the one that wins first. */
function lie(liar: Member, key = 'self'): readonly [Uint8Array, Uint8Array] {
  const pair = [liar.forge({ key, value: 'one' }), liar.forge({ key, value: 'two' })] as const;
  const [one, two] = pair.map((bytes) => sha256Hex(decodeEnvelope(bytes)?.payload ?? bytes));
  return (one ?? '') > (two ?? '') ? pair : [pair[1], pair[0]];
}

test.each(['first', 'last'])(
  'two words under one sequence are evidence when the one that holds comes %s',
  (order) => {
    const { clock, member } = mesh();
    const [liar, b] = [member('liar'), member('b')];
    const [holds, other] = lie(liar);
    const caught: string[] = [];
    b.records.onEvidence(({ id }) => caught.push(id));
    const [first, second] = order === 'first' ? [holds, other] : [other, holds];
    expect(b.records.accept(first, 'p')).toEqual({ outcome: 'stored' });
    expect(b.records.accept(second, 'p')).toEqual({
      outcome: order === 'first' ? 'evidence' : 'stored',
    });
    expect(b.records.bytesOf('liar/node/self')).toEqual(holds);
    expect(b.records.evidence()).toEqual([
      {
        id: 'liar/node/self',
        writer: liar.name,
        sequence: { epoch: 1, boot: 1, n: 0 },
        seenAt: clock.now(),
      },
    ]);
    expect(b.records.evidencePair('liar/node/self')).toEqual([holds, other]);
    expect(caught).toEqual(['liar/node/self']);
    expect(b.meter.value('selvage_evidence')).toBe(1);
    // Once is enough: whoever passes it on again is told nothing new.
    expect(b.records.accept(other, 'p')).toEqual({ outcome: 'known' });
    expect(b.restart().evidence()).toHaveLength(1);
  },
);

test('what only looks like a second word is no evidence', () => {
  const { clock, member } = mesh();
  const [a, b] = [member('a'), member('b')];
  a.records.put('node', 'self', 1);
  b.records.accept(a.bytesOf('node', 'self'), 'p');
  const impostor = member('a');
  const unsigned = impostor.forge({ value: 'framed' });
  const cut = unsigned.slice();
  cut[cut.length - 1] = (cut[cut.length - 1] ?? 0) ^ 1;
  expect(b.records.accept(cut, 'p').outcome).toBe('refused');
  b.records.accept(a.forge({ expiresAt: clock.now() - 1 }), 'p');
  expect(b.records.evidence()).toEqual([]);
});

test('evidence that a peer hands over is checked, kept, and brings nothing into force', () => {
  const { clock, authority, member } = mesh();
  const [liar, other, b] = [member('liar'), member('other'), member('b')];
  const [holds, loses] = lie(liar);
  const honest = other.forge({ value: 'one' });
  expect(b.records.acceptEvidence([holds, holds], 'p')).toEqual({
    outcome: 'refused',
    reason: 'no-evidence',
  });
  expect(b.records.acceptEvidence([holds, honest], 'p').outcome).toBe('refused');
  expect(b.records.acceptEvidence([holds, Uint8Array.of(1)], 'p').outcome).toBe('refused');
  authority.distrusted.add('liar');
  expect(b.records.acceptEvidence([loses, holds], 'p')).toEqual({
    outcome: 'refused',
    reason: 'writer',
  });
  authority.distrusted.clear();
  clock.advance(2 * HOUR_MS); // the records are over, the lie is not
  expect(b.records.acceptEvidence([loses, holds], 'p')).toEqual({ outcome: 'evidence' });
  expect(b.records.acceptEvidence([holds, loses], 'p')).toEqual({ outcome: 'known' });
  expect(b.records.evidencePair('liar/node/self')).toEqual([holds, loses]);
  expect(said(b.records, 'node')).toEqual({});
  clock.advance(EVIDENCE_LIFE_MS);
  b.records.maintain();
  expect(b.records.evidence()).toEqual([]);
  expect([...b.disk.space('evidence').entries()]).toEqual([]);
  expect(b.records.acceptEvidence([holds, loses], 'p').outcome).toBe('refused');
});

test('of one writer so much evidence is kept and of all so much, the same in whatever order it came', () => {
  const { member } = mesh();
  const [b, c] = [member('b'), member('c')];
  const liars = Math.ceil(MAX_EVIDENCE / MAX_EVIDENCE_PER_WRITER) + 1;
  const lies = Array.from({ length: liars }, (_, n) => {
    const liar = member(`liar-${n}`);
    return Array.from({ length: MAX_EVIDENCE_PER_WRITER + 4 }, (_, i) => lie(liar, `${i}`));
  });
  const names = ({ records }: Member) => records.evidence().map(({ id }) => id);
  for (const pair of lies[0] ?? []) b.records.acceptAll(pair, 'p');
  expect(names(b)).toHaveLength(MAX_EVIDENCE_PER_WRITER);
  for (const pair of lies.flat()) b.records.acceptAll(pair, 'p');
  for (const pair of lies.flat().toReversed()) c.records.acceptEvidence(pair, 'p');
  expect(names(b)).toHaveLength(MAX_EVIDENCE);
  expect(names(c)).toEqual(names(b));
  expect([...b.disk.space('evidence').entries()]).toHaveLength(MAX_EVIDENCE);
});

test('evidence that rotted on disk is forgotten, the rest stands', () => {
  const { member } = mesh();
  const [liar, b] = [member('liar'), member('b')];
  b.records.acceptEvidence(lie(liar), 'p');
  b.records.acceptEvidence(lie(liar, 'other'), 'p');
  b.disk.space('evidence').put('liar/node/self', Uint8Array.of(0xff));
  expect(
    b
      .restart()
      .evidence()
      .map(({ id }) => id),
  ).toEqual(['liar/node/other']);
});

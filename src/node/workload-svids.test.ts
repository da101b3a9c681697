import { describe, expect, test } from 'bun:test';
import type { SpiffeId } from '../core/index.ts';
import { FakeClock, recordingLog, seededRandom } from '../ports/testing/index.ts';
import type { SvidState } from '../workload-api/index.ts';
import { NodeError } from './errors.ts';
import { WorkloadSvids } from './workload-svids.ts';

const WEB = 'spiffe://shop.example/ns/default/sa/web' as SpiffeId; // by inspection
const PAY = 'spiffe://shop.example/ns/default/sa/pay' as SpiffeId;
const LIFE_MS = 3_600_000;

/** SVIDs by an authority that can be switched off, whose certificates are numbered texts. */
function kept() {
  const clock = new FakeClock();
  const asked: { id: SpiffeId; attestedAtMs: number }[] = [];
  const authority = { isThere: true, refused: new Set<string>(), revokedBeforeMs: 0 };
  const svids = new WorkloadSvids({
    clock,
    random: seededRandom(7),
    log: recordingLog(),
    isGood: (leaf) => !authority.refused.has(leaf),
    issue: async (id, _, attestedAtMs) => {
      asked.push({ id, attestedAtMs });
      if (!authority.isThere) throw new Error('no authority answers');
      if (attestedAtMs < authority.revokedBeforeMs)
        throw new NodeError('IDENTITY_REVOKED', 'too old');
      return { chainPem: [`leaf ${asked.length}`], notAfter: clock.now() + LIFE_MS };
    },
  });
  return { clock, asked, authority, svids };
}

const leavesOf = (state: SvidState): readonly string[] =>
  state.kind === 'held' ? state.svids.map(({ chainPem: [leaf = ''] }) => leaf) : [state.kind];

/** Lets what is issued arrive. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('SVIDs that the node keeps', () => {
  test('are one for each identity, shared by all who have it', async () => {
    const { asked, svids } = kept();
    const holds = Array.from({ length: 50 }, () => svids.hold([WEB], 0, () => undefined));
    expect(holds[0]?.state()).toEqual({ kind: 'awaited' });
    await settled();
    expect(asked).toHaveLength(1);
    const [first] = holds.map((hold) => hold.state());
    expect(first?.kind).toBe('held');
    expect(holds[49]?.state()).toEqual(first ?? { kind: 'awaited' });
  });

  test('are renewed at half of their life, and all who hold them are told', async () => {
    const { clock, svids } = kept();
    let told = 0;
    const hold = svids.hold([WEB, PAY], 0, () => {
      told += 1;
    });
    await settled();
    const before = hold.state();
    expect([leavesOf(before), told]).toEqual([['leaf 1', 'leaf 2'], 2]);
    expect(hold.state()).toEqual(before);
    clock.advance(LIFE_MS * 0.56); // half, and the jitter
    await settled();
    expect([leavesOf(hold.state()).toSorted(), told]).toEqual([['leaf 3', 'leaf 4'], 4]);
  });

  test('are replaced at once when others do not take them any more', async () => {
    const { authority, svids } = kept();
    const hold = svids.hold([WEB], 0, () => undefined);
    await settled();
    svids.judge();
    await settled();
    expect(leavesOf(hold.state())).toEqual(['leaf 1']);
    authority.refused.add('leaf 1');
    svids.judge();
    await settled();
    expect(leavesOf(hold.state())).toEqual(['leaf 2']);
  });

  test('last to their end without an authority, and then are told to be unavailable', async () => {
    const { clock, authority, svids } = kept();
    const hold = svids.hold([WEB], 0, () => undefined);
    await settled();
    authority.isThere = false;
    for (let minute = 0; minute < 59; minute += 1) {
      clock.advance(60_000);
      await settled();
    }
    expect(leavesOf(hold.state())).toEqual(['leaf 1']);
    clock.advance(61_000);
    await settled();
    expect(hold.state()).toEqual({ kind: 'unavailable', why: 'no authority answers' });
  });

  test('are asked for as the oldest of their holders may have them', async () => {
    const { clock, asked, svids } = kept();
    const old = svids.hold([WEB], 100, () => undefined);
    await settled();
    const young = svids.hold([WEB], 900, () => undefined);
    const renewal = async () => {
      clock.advance(LIFE_MS * 0.56);
      await settled();
    };
    await renewal();
    old.release();
    await renewal();
    young.release();
    expect(asked.map(({ attestedAtMs }) => attestedAtMs)).toEqual([100, 100, 900]);
  });

  test('that were revoked are gone at once, and new ones there as soon as only younger ones are left', async () => {
    const { authority, svids } = kept();
    const old = svids.hold([WEB], 100, () => undefined);
    const young = svids.hold([WEB], 900, () => undefined);
    await settled();
    authority.refused.add('leaf 1');
    authority.revokedBeforeMs = 500;
    svids.judge();
    await settled();
    expect(young.state().kind).toBe('unavailable');
    old.release();
    expect(young.state()).toEqual({ kind: 'awaited' });
    await settled();
    expect(leavesOf(young.state())).toEqual(['leaf 3']);
    young.release();
    authority.refused.add('leaf 3');
    authority.revokedBeforeMs = 1_000;
    svids.judge();
    await settled();
    const next = svids.hold([WEB], 1_100, () => undefined);
    await settled();
    expect(leavesOf(next.state())).toEqual(['leaf 5']);
  });

  test('are forgotten when nobody has asked for a minute', async () => {
    const { clock, svids } = kept();
    const hold = svids.hold([WEB], 0, () => undefined);
    await settled();
    hold.release();
    clock.advance(59_000);
    expect(svids.size).toBe(1);
    svids.hold([WEB], 0, () => undefined).release();
    clock.advance(59_000);
    expect(svids.size).toBe(1);
    clock.advance(2_000);
    expect(svids.size).toBe(0);
  });

  test('are at most 1,024 that somebody holds: those beyond are refused, those unheld make room', async () => {
    const { svids } = kept();
    const idOf = (n: number) => `${WEB}${n}` as SpiffeId; // by inspection
    const holds = Array.from({ length: 1_024 }, (_, n) =>
      svids.hold([idOf(n)], 0, () => undefined),
    );
    const beyond = svids.hold([PAY], 0, () => undefined).state();
    expect(beyond).toMatchObject({ kind: 'unavailable' });
    holds[7]?.release();
    expect(svids.hold([PAY], 0, () => undefined).state()).toEqual({ kind: 'awaited' });
    expect(svids.size).toBe(1_024);
    svids.stop();
    expect(svids.size).toBe(0);
  });
});

import { describe, expect, test } from 'bun:test';
import * as dagCbor from '@ipld/dag-cbor';
import fc from 'fast-check';
import type { ServiceKey, SpiffeId } from '../core/index.ts';
import type { Replay, TurnedCall } from '../policy/index.ts';
import {
  differsMuch,
  MAX_VOTE_BYTES,
  problemVote,
  readVoteClaim,
  type VoteClaim,
  voteOf,
} from './vote-claim.ts';

const on = { proposal: 'ab'.repeat(32), basedOn: 'cd'.repeat(32) };
const NOBODY = { calls: [], more: 0 };

const turned = (
  from: string,
  perMinute: number,
  changes: Partial<TurnedCall> = {},
): TurnedCall => ({
  principal: `spiffe://shop.example/ns/shop/sa/${from}` as SpiffeId,
  resource: 'shop/payments' as ServiceKey,
  action: 'http:GET',
  perMinute,
  ...changes,
});

const replayOf = (denied: readonly TurnedCall[], changes: Partial<Replay> = {}): Replay => ({
  newlyDenied: { calls: denied, more: 0 },
  newlyAllowed: NOBODY,
  samples: 10,
  windowMs: 60_000,
  errors: [],
  unseen: [],
  ...changes,
});

/** As it is after its way to another node. */
const arrived = (vote: VoteClaim) => readVoteClaim(dagCbor.decode(dagCbor.encode(vote)));

describe('a vote', () => {
  test('is read by others as it was told, of callers that policies name and of nodes', () => {
    const node = turned('x', 3, { principal: 'spiffe://shop.example/node/n1' as SpiffeId });
    const vote = voteOf(on, replayOf([turned('report', 14, { reason: 'policy' }), node]));
    expect(vote.newlyDenied.calls).toMatchObject([
      { caller: 'shop/report', perMinute: 14, reason: 'policy' },
      { caller: '/node/n1' },
    ]);
    expect(arrived(vote)).toEqual({ ok: true, value: vote });
    const problem = problemVote(on, 'p.cedar: no such attribute');
    expect(arrived(problem)).toEqual({ ok: true, value: problem });
  });

  test('is never longer than others take, whatever it is about, and counts what it leaves out', () => {
    const label = fc.integer({ min: 1, max: 63 }).map((length) => 'x'.repeat(length));
    const call = fc
      .record({ ns: label, name: label, rate: fc.double({ min: 0, noNaN: true }) })
      .map(({ ns, name, rate }) =>
        turned(name, rate, {
          resource: `${ns}/${name}` as ServiceKey,
          principal: `spiffe://shop.example/ns/${ns}/sa/${name}` as SpiffeId,
          reason: 'service-gone',
        }),
      );
    const list = fc.array(call, { maxLength: 20 });
    const char = fc.constantFrom('x😀', 'ß', '\n', '\u001b', '"', '😀');
    const note = fc.tuple(char, fc.nat(300)).map(([text, count]) => text.repeat(count));
    const notes = fc.array(note, { maxLength: 8 });
    fc.assert(
      fc.property(list, list, notes, (denied, allowed, unseen) => {
        const newlyAllowed = { calls: allowed, more: 7 };
        const vote = voteOf(
          on,
          replayOf(denied, { newlyAllowed, unseen, errors: unseen.slice(0, 3) }),
        );
        expect(arrived(vote).ok).toBe(true);
        expect(vote.newlyDenied.calls.length + vote.newlyDenied.more).toBe(denied.length);
        expect(vote.newlyAllowed.calls.length + vote.newlyAllowed.more).toBe(allowed.length + 7);
      }),
      { numRuns: 100, seed: 46 },
    );
  });

  test('of a liar is refused when it is too long, shows what is not printable, or is none', () => {
    const vote = voteOf(on, replayOf([turned('report', 14)]));
    const call = vote.newlyDenied.calls[0];
    const withCalls = (calls: readonly unknown[]) => ({ ...vote, newlyDenied: { calls, more: 0 } });
    const odd: readonly unknown[] = [
      null,
      { ...vote, v: 2 },
      { ...vote, proposal: 'x' },
      { ...vote, samples: -1 },
      { ...vote, unseen: ['\u001b[2J'] },
      { ...vote, problem: 'line\nline' },
      withCalls([{ ...call, perMinute: Number.POSITIVE_INFINITY }]),
      withCalls(Array.from({ length: 21 }, () => call)),
      withCalls(Array.from({ length: 20 }, () => ({ ...call, caller: 'x'.repeat(256) }))),
    ];
    for (const value of odd) expect(readVoteClaim(value).ok).toBe(false);
    expect(MAX_VOTE_BYTES).toBe(4_096);
  });
});

describe('another answer', () => {
  const vote = (...denied: readonly TurnedCall[]) => voteOf(on, replayOf(denied));

  test('is one that names other calls, or the same ones twice as often', () => {
    expect(differsMuch(vote(turned('a', 10)), vote(turned('a', 10), turned('b', 5)))).toBe(true);
    expect(differsMuch(vote(turned('a', 10)), vote(turned('a', 30)))).toBe(true);
    expect(differsMuch(vote(turned('a', 10)), vote())).toBe(true);
    const based = { ...vote(turned('a', 10)), basedOn: 'ef'.repeat(32) };
    expect(differsMuch(vote(turned('a', 10)), based)).toBe(true);
    expect(differsMuch(voteOf(on, replayOf([], { samples: 0 })), vote())).toBe(true);
  });

  test('is not one in which calls come a little more often, or a rare one came', () => {
    expect(differsMuch(vote(turned('a', 10)), vote(turned('a', 15)))).toBe(false);
    expect(differsMuch(vote(), vote(turned('a', 0.4)))).toBe(false);
    const later = voteOf(on, replayOf([turned('a', 10)], { samples: 90, windowMs: 900_000 }));
    expect(differsMuch(vote(turned('a', 10)), later)).toBe(false);
  });
});

import { expect, test } from 'bun:test';
import { describeVotes } from '../admin/index.ts';
import { votesViewSchema } from '../admin/vote-view.ts';
import type { NodeName, ServiceKey, SpiffeId } from '../core/index.ts';
import type { Replay, TurnedCall } from '../policy/index.ts';
import { problemVote, type VoteClaim, voteOf } from './vote-claim.ts';
import { votesView } from './vote-views.ts';

const IN_FORCE = 'cd'.repeat(32);
const on = { proposal: 'ab'.repeat(32), basedOn: IN_FORCE };
const NOBODY = { calls: [], more: 0 };

const turned = (from: string, perMinute: number, reason?: TurnedCall['reason']): TurnedCall => ({
  principal: `spiffe://shop.example/ns/shop/sa/${from}` as SpiffeId,
  resource: 'shop/payments' as ServiceKey,
  action: 'http:POST',
  perMinute,
  ...(reason === undefined ? {} : { reason }),
});

const voted = (changes: Partial<Replay>): VoteClaim =>
  voteOf(on, {
    newlyDenied: NOBODY,
    newlyAllowed: NOBODY,
    errors: [],
    unseen: [],
    samples: 40,
    windowMs: 900_000,
    ...changes,
  });

const linesOf = (votes: Record<string, VoteClaim>, living: readonly string[] = []) => {
  const byNode = new Map(Object.entries(votes)) as Map<NodeName, VoteClaim>; // labels
  const view = votesView(byNode, IN_FORCE, living as NodeName[]); // the same
  expect(votesViewSchema.parse(view)).toEqual(view);
  return describeVotes(view);
};

test('votes are added up and told in words, and each node’s word beside', () => {
  const lines = linesOf(
    {
      n1: voted({ newlyDenied: { calls: [turned('frontend', 9, 'policy')], more: 0 } }),
      n2: voted({
        newlyDenied: { calls: [turned('frontend', 5, 'policy'), turned('report', 0.4)], more: 2 },
        newlyAllowed: { calls: [turned('audit', 120)], more: 0 },
      }),
    },
    ['n1', 'n2', 'n3'],
  );
  expect(lines).toEqual([
    'would deny 14 calls/min shop/frontend → shop/payments (http:POST) that are allowed now',
    'would deny 0.4 calls/min shop/report → shop/payments (http:POST) that are allowed now',
    'would deny calls of 2 more kinds',
    'would allow 120 calls/min shop/audit → shop/payments (http:POST) that are denied now',
    'n1: denies 9 and allows 0 calls/min more, judged by 40 kinds of calls of 15 min',
    'n2: denies over 5.4 and allows 120 calls/min more, judged by 40 kinds of calls of 15 min',
    'has not voted: n3',
  ]);
});

test('a proposal that changes nothing for the calls of late is told as that, and what is not known with it', () => {
  expect(
    linesOf({
      n1: voted({ unseen: ['header x-flag'], errors: ['p#1: division'] }),
      n2: voted({ samples: 0 }),
      n3: problemVote(on, 'it is of another version'),
    }),
  ).toEqual([
    'would change nothing for the calls of late',
    'n1: denies 0 and allows 0 calls/min more, judged by 40 kinds of calls of 15 min',
    'saw no calls of late: n2',
    'n3 cannot judge it: it is of another version',
    'not remembered, and taken to be absent: header x-flag',
    'would fail: p#1: division',
  ]);
});

test('what goes for another reason than a policy is told with it', () => {
  const calls = [
    turned('a', 3, 'service-gone'),
    turned('b', 2, 'caller-gone'),
    turned('c', 1, 'protocol'),
  ];
  const lines = linesOf({ n1: voted({ newlyDenied: { calls, more: 0 } }) });
  expect(lines.slice(0, 3).map((line) => line.replace(/.*now/, ''))).toEqual([
    ': the service goes away',
    ': the caller loses its identity',
    ': the service would speak something else',
  ]);
});

test('votes on what is no longer in force count for nothing, and are missed', () => {
  const old = {
    ...voted({ newlyDenied: { calls: [turned('a', 3)], more: 0 } }),
    basedOn: 'ef'.repeat(32),
  };
  expect(linesOf({ n1: old }, ['n1'])).toEqual([
    'no node has judged calls of late by it yet',
    'has not voted: n1',
  ]);
});

test('of very many nodes the first are named', () => {
  const votes = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [`n${n}`, voted(n < 15 ? {} : { samples: 0 })]),
  );
  const lines = linesOf(votes);
  expect(lines).toContain('and 5 more nodes that judged');
  expect(lines.at(-1)).toEndWith(' and 5 more');
});

test('a node that makes up many frequent calls hides none that others would lose', () => {
  const lies = Array.from({ length: 20 }, (_, n) => ({
    caller: `lie/${n}`,
    service: 'shop/db',
    action: 'connect',
    perMinute: 1e12,
  }));
  const lines = linesOf({
    liar: { ...voted({}), newlyDenied: { calls: lies, more: 0 } },
    n1: voted({ newlyDenied: { calls: [turned('web', 14), turned('job', 3)], more: 0 } }),
  });
  for (const caller of ['web', 'job']) {
    expect(lines.join('\n')).toContain(`calls/min shop/${caller} → shop/payments`);
  }
});

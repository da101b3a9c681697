import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Statement } from './message.ts';
import { LoneDetector } from './testing/lone-detector.ts';
import { firstOf } from './testing/swarm.ts';

const MEMBERS = 6;
const member = fc.integer({ min: 1, max: MEMBERS });
const steps = fc.nat(3);

test('what is believed of members does not depend on the order in which it was heard', () => {
  const life = fc.record({ subject: member, n: steps, leaving: fc.boolean() });
  const accusation = fc.record({ subject: member, n: steps, accuser: member });
  const statements = fc.array(fc.oneof(life, accusation), { maxLength: 25 });
  const shuffles = fc.array(fc.nat(1_000), { minLength: 25, maxLength: 25 });
  fc.assert(
    fc.property(statements, shuffles, (said, weights) => {
      const final = (order: readonly (typeof said)[number][]) => {
        const lone = new LoneDetector(MEMBERS);
        for (const { subject, n, ...what } of order) {
          const incarnation = firstOf(1) + n;
          const statement: Statement =
            'accuser' in what
              ? lone.accusation(what.accuser, subject, incarnation)
              : lone.life(subject, incarnation, what.leaving);
          // One that left accuses nobody: who is heard would depend on the order.
          if ('accuser' in what && said.some((other) => isLeave(other, what.accuser))) continue;
          lone.told(MEMBERS, statement);
        }
        return Array.from({ length: MEMBERS }, (_, i) => {
          const state = lone.detector.state(i + 1);
          const isLeaver = said.some((other) => isLeave(other, i + 1));
          return [lone.detector.facts(i + 1).incarnation, isLeaver ? state === 'left' : state];
        });
      };
      const shuffled = said
        .map((statement, i) => ({ statement, weight: weights[i] ?? 0 }))
        .sort((a, b) => a.weight - b.weight)
        .map(({ statement }) => statement);
      expect(final(shuffled)).toEqual(final(said));
    }),
    { seed: 20261120, numRuns: 500 },
  );
});

const isLeave = (said: object, subject: number): boolean =>
  'leaving' in said && said.leaving === true && 'subject' in said && said.subject === subject;

test('whatever others say and however late this process is, a member that answers is never dead', () => {
  const event = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('period' as const), lateMs: fc.nat(3_000) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('period' as const), lateMs: fc.constant(0) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('accuse' as const), by: member, n: steps }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), start: steps }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('break' as const) }) },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), (events) => {
      const lone = new LoneDetector(MEMBERS);
      for (const happens of events) {
        if (happens.do === 'accuse' && happens.by !== 1) {
          lone.told(happens.by, lone.accusation(happens.by, 1, firstOf(1) + happens.n));
        } else if (happens.do === 'restart') lone.detector.learn(1, firstOf(happens.start));
        else if (happens.do === 'break') lone.detector.suspectConnection(1);
        else if (happens.do === 'period') lone.run('period', happens.lateMs);
        lone.answer((asked) => asked === 1);
        expect(lone.detector.state(1)).not.toBe('dead');
      }
    }),
    { seed: 20261120, numRuns: 300 },
  );
});

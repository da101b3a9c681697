import { describe, expect, test } from 'bun:test';
import { FUZZ_INPUTS } from '../testing/run-size.ts';
import {
  Dice,
  difference,
  isPeculiarToLlhttp,
  KINDS,
  type Kind,
  type LlhttpOutcome,
} from './testing/index.ts';

const SEED = 20_261_120;
/** On a busy machine. */
const INPUTS_PER_SECOND = 5_000;
const TIMEOUT_MS = 5_000 + (FUZZ_INPUTS / INPUTS_PER_SECOND) * 1_000;

const accepts = (outcome: LlhttpOutcome): boolean =>
  outcome.ok && (outcome.message.end !== undefined || outcome.message.untilClose);

/** What this proxy refuses and llhttp takes, by the name of its class; undefined when it is in none. */
const classOf = ({ refusedAlone }: Kind, text: string, reason: string): string | undefined =>
  refusedAlone.find((one) => one.reason === reason && one.when?.test(text) !== false)?.name;

describe.each(KINDS)('$name', (kind) => {
  test(
    'that is accepted means the same to llhttp, and what llhttp alone accepts is in a known class',
    () => {
      const dice = new Dice(SEED);
      for (let count = 0; count < FUZZ_INPUTS; count++) {
        const text = kind.make(dice);
        if (isPeculiarToLlhttp(text)) continue;
        const bytes = Buffer.from(text, 'latin1');
        const [ours, theirs] = [kind.reads(bytes), kind.llhttp(bytes)];
        const found = difference(ours, theirs);
        if (found !== undefined) throw new Error(`${JSON.stringify(text)}: ${found}`);
        if (ours.kind !== 'refused' || !accepts(theirs)) continue;
        if (classOf(kind, text, ours.reason) === undefined) {
          throw new Error(`${JSON.stringify(text)}: only this proxy refuses it: ${ours.reason}`);
        }
      }
    },
    TIMEOUT_MS,
  );

  test('of each class that only this proxy refuses is refused for its reason, and taken by llhttp', () => {
    for (const { name, reason, example } of kind.refusedAlone) {
      const bytes = Buffer.from(example, 'latin1');
      expect([name, kind.reads(bytes)]).toEqual([name, { kind: 'refused', reason }]);
      expect([name, accepts(kind.llhttp(bytes))]).toEqual([name, true]);
      expect(classOf(kind, example, reason)).toBe(name);
    }
  });
});

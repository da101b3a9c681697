import { describe, expect, test } from 'bun:test';
import { FUZZ_INPUTS } from '../testing/run-size.ts';
import { Dice, KINDS, type Outcome } from './testing/index.ts';

const SEED = 4_112_026;
/** On a busy machine. */
const INPUTS_PER_SECOND = 5_000;
const TIMEOUT_MS = 5_000 + (FUZZ_INPUTS / INPUTS_PER_SECOND) * 1_000;
const MAX_CUTS = 6;

/** Everything but the reason of a refusal: a bare line feed is told as soon as it comes. */
const meaning = (outcome: Outcome): string =>
  outcome.kind === 'refused' ? 'refused' : JSON.stringify(outcome);

/** What a part of the bytes may have been read as, when all of them are read as `whole`. */
function mayBegin(whole: Outcome, part: Outcome, partLength: number): boolean {
  switch (whole.kind) {
    case 'message':
      return partLength < whole.message.end
        ? part.kind === 'incomplete'
        : meaning(part) === meaning(whole);
    case 'incomplete':
      return part.kind === 'incomplete';
    case 'refused':
      return part.kind !== 'message';
  }
}

describe.each(KINDS)('$name', (kind) => {
  test(
    'is read the same however its bytes are cut, not beyond its end, and without an exception',
    () => {
      const dice = new Dice(SEED);
      for (let count = 0; count < FUZZ_INPUTS; count++) {
        const text = kind.make(dice);
        const bytes = Buffer.from(text, 'latin1');
        const whole = kind.reads(bytes);
        const cuts = dice.cuts(bytes.length, MAX_CUTS);
        if (meaning(kind.reads(bytes, cuts)) !== meaning(whole)) {
          throw new Error(`${JSON.stringify(text)}: cut at ${cuts} it is read differently`);
        }
        const end = dice.below(bytes.length + 1);
        if (!mayBegin(whole, kind.reads(bytes.subarray(0, end)), end)) {
          throw new Error(`${JSON.stringify(text)}: its first ${end} bytes are read differently`);
        }
      }
    },
    TIMEOUT_MS,
  );

  test('is made by the fuzzer well, badly and in part, in a good share each', () => {
    const dice = new Dice(SEED);
    const counts = { message: 0, incomplete: 0, refused: 0 };
    const rounds = 2_000;
    for (let count = 0; count < rounds; count++) {
      counts[kind.reads(Buffer.from(kind.make(dice), 'latin1')).kind] += 1;
    }
    expect(counts.message).toBeGreaterThan(rounds / 5);
    expect(counts.refused).toBeGreaterThan(rounds / 10);
    expect(counts.incomplete).toBeGreaterThan(rounds / 100);
  });
});

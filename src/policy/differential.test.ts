import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { cedarWasm } from '../platform/cedar-wasm.ts';
import { loadCedar } from './cedar-on-demand.ts';
import type { DecisionProgram } from './decision-program.ts';
import {
  type Answer,
  compiledAnswers,
  difference,
  officialAnswers,
  programOf,
} from './testing/answers.ts';
import { confinedHeads } from './testing/confined-heads.ts';
import { mutants } from './testing/mutants.ts';
import { DIFFERENTIAL_CASES } from './testing/run-size.ts';
import { type Batch, batch, REQUESTS_PER_BATCH } from './testing/worlds.ts';

interface Compared {
  readonly one: Batch;
  readonly official: readonly Answer[];
  readonly program: DecisionProgram;
}

const cedar = loadCedar(cedarWasm());
const SEED = 20_261_120;
/** On a busy machine. */
const CASES_PER_SECOND = 50;
const MAX_CORPUS = 600;

/** What was compared first, for the mutants to be compared with. */
const corpus: Compared[] = [];

function compared(one: Batch): Compared {
  const program = programOf(cedar, one);
  const official = officialAnswers(one);
  const found = difference(one, official, compiledAnswers(program, one));
  if (found !== undefined) throw new Error(`the engines differ\n${found}`);
  return { one, official, program };
}

function compare(one: Batch): void {
  const both = compared(one);
  if (corpus.length < MAX_CORPUS) corpus.push(both);
}

test(
  'compiled policies answer every request as the official engine does',
  () => {
    const numRuns = DIFFERENTIAL_CASES / REQUESTS_PER_BATCH;
    fc.assert(fc.property(batch, compare), { seed: SEED, numRuns });
  },
  (DIFFERENTIAL_CASES / CASES_PER_SECOND) * 1000,
);

test(
  'a head that is confined matches what it says and the namespace, and nothing else',
  () => {
    const numRuns = DIFFERENTIAL_CASES / REQUESTS_PER_BATCH / 5;
    fc.assert(
      fc.property(confinedHeads, (one) => void compared(one)),
      { seed: SEED, numRuns },
    );
  },
  (DIFFERENTIAL_CASES / CASES_PER_SECOND) * 1000,
);

test('the comparison notices every operator that is broken', () => {
  // Empty if this test runs alone.
  if (corpus.length === 0) fc.sample(batch, { seed: SEED, numRuns: MAX_CORPUS }).forEach(compare);
  const unnoticed = mutants.filter(({ language }) =>
    corpus.every(
      ({ one, official, program }) =>
        difference(one, official, compiledAnswers(program, one, language)) === undefined,
    ),
  );
  expect(unnoticed.map(({ name }) => name)).toEqual([]);
}, 60_000);

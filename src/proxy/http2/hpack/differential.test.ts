import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { seededRandom } from '../../../ports/testing/index.ts';
import { FUZZ_INPUTS } from '../../testing/run-size.ts';
import { HpackDecoder, HpackEncoder } from './index.ts';
import { fieldsOf, octets, pairsOf, RandomBlocks, read, written } from './testing/index.ts';
import { askNghttp2, NODE, rawPairs } from './testing/nghttp2.ts';
import { type Request, requests, wanted } from './testing/requests.ts';

const SEED = 20_261_120;
const ROUNDS = FUZZ_INPUTS / 5_000;
const CONVERSATIONS_PER_ROUND = 60;
const BLOCKS_PER_CONVERSATION = 20;
/** On a busy machine. */
const ROUND_TIMEOUT_MS = 20_000;

/** Each round is a question of its own to the other process, so that none grows without bound. */
async function inRounds(ask: (seed: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await ask(SEED + round);
}

const sampled = (seed: number): readonly (readonly (Request | number)[])[] =>
  fc.sample(requests, { seed, numRuns: CONVERSATIONS_PER_ROUND });

const onlyRequests = (steps: readonly (Request | number)[]): readonly Request[] =>
  steps.filter((step) => typeof step !== 'number');

/** The blocks of one connection, as this encoder writes them. */
function blocksOf(steps: readonly (Request | number)[]): (string | number)[] {
  const encoder = new HpackEncoder();
  return steps.map((step) => {
    if (typeof step !== 'number') return written(encoder, fieldsOf(step.pairs)).toString('hex');
    encoder.limitTable(step);
    return step;
  });
}

const inOrder = (names: readonly string[]): readonly string[] => [...names].sort();

describe.skipIf(NODE === null)('beside nghttp2 (needs node)', () => {
  test(
    'nghttp2 reads what this encoder writes',
    () =>
      inRounds(async (seed) => {
        const conversations = sampled(seed);
        const { reads } = await askNghttp2({ reads: conversations.map(blocksOf), writes: [] });
        const found = reads.map((blocks) =>
          blocks.map((block) =>
            block === null || block === 'fault'
              ? block
              : { pairs: rawPairs(block.raw), secret: inOrder(block.secret) },
          ),
        );
        const expected = conversations.map((steps) =>
          onlyRequests(steps).map(({ pairs, secret }) => ({ pairs, secret: inOrder(secret) })),
        );
        expect(found).toEqual(expected);
      }),
    ROUNDS * ROUND_TIMEOUT_MS,
  );

  test(
    'this decoder reads what nghttp2 writes',
    () =>
      inRounds(async (seed) => {
        const conversations = sampled(seed);
        const { writes } = await askNghttp2({
          reads: [],
          writes: conversations.map((steps) =>
            steps.map((step) => (typeof step === 'number' ? step : wanted(step))),
          ),
        });
        const found = writes.map((blocks) => {
          const decoder = new HpackDecoder();
          return blocks.map((block) => {
            const { outcome, fields } = read(decoder, octets(block));
            const secret = fields.filter((field) => field.secret).map(({ name }) => name);
            return {
              outcome,
              pairs: inOrder(pairsOf(fields).map(String)),
              secret: inOrder(secret),
            };
          });
        });
        const expected = conversations.map((steps) =>
          onlyRequests(steps).map(({ pairs, secret }) => ({
            outcome: 'ok' as const,
            pairs: inOrder(pairs.map(String)),
            secret: inOrder(secret),
          })),
        );
        expect(found).toEqual(expected);
      }),
    ROUNDS * ROUND_TIMEOUT_MS,
  );

  test(
    'a block is a fault for this decoder where it is one for nghttp2',
    () =>
      inRounds(async (seed) => {
        const blocks = new RandomBlocks(seededRandom(seed));
        const conversations = Array.from({ length: CONVERSATIONS_PER_ROUND }, () =>
          Array.from({ length: BLOCKS_PER_CONVERSATION }, () => blocks.next().toString('hex')),
        );
        const { reads } = await askNghttp2({ reads: conversations, writes: [] });
        conversations.forEach((conversation, at) => {
          const decoder = new HpackDecoder();
          reads[at]?.forEach((theirs, block) => {
            const { outcome } = read(decoder, octets(conversation[block] ?? ''));
            const isFault = outcome !== 'ok' && outcome !== 'too-large';
            const where = `conversation ${at}, block ${block}: ${conversation[block]}`;
            expect([where, isFault]).toEqual([where, theirs === 'fault']);
          });
        });
      }),
    ROUNDS * ROUND_TIMEOUT_MS,
  );
});

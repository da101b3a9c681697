import type { Dice } from './dice.ts';
import { answer, chunked, request } from './grammar.ts';
import { type LlhttpOutcome, llhttpReads } from './llhttp.ts';
import { mutated } from './mutations.ts';
import { type Outcome, readsAnswer, readsRequest } from './reading.ts';
import {
  ANSWERS_REFUSED_ALONE,
  REQUESTS_REFUSED_ALONE,
  type RefusedAlone,
} from './refused-alone.ts';

/** A kind of message: how it is made, who reads it, and what only this proxy refuses of it. */
export interface Kind {
  readonly name: string;
  make(dice: Dice): string;
  reads(bytes: Buffer, cuts?: readonly number[]): Outcome;
  llhttp(bytes: Buffer): LlhttpOutcome;
  readonly refusedAlone: readonly RefusedAlone[];
}

const IN_CHUNKS = 'POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n';

const requests: Omit<Kind, 'name' | 'make'> = {
  reads: readsRequest,
  llhttp: (bytes) => llhttpReads('request', bytes),
  refusedAlone: REQUESTS_REFUSED_ALONE,
};

export const KINDS: readonly Kind[] = [
  { name: 'a request', make: (dice) => mutated(request(dice), dice), ...requests },
  {
    name: 'a content in chunks',
    make: (dice) => IN_CHUNKS + mutated(chunked(dice), dice),
    ...requests,
  },
  ...['GET', 'HEAD'].map((method) => ({
    name: `an answer to ${method}`,
    make: (dice: Dice) => mutated(answer(dice), dice),
    reads: (bytes: Buffer, cuts?: readonly number[]) => readsAnswer(bytes, method, cuts),
    llhttp: (bytes: Buffer) => llhttpReads('response', bytes, { toHead: method === 'HEAD' }),
    // The answer to a HEAD has no content that could be bad.
    refusedAlone: ANSWERS_REFUSED_ALONE.filter(
      ({ reason }) => method !== 'HEAD' || reason !== 'bad-chunk',
    ),
  })),
];

import { join } from 'node:path';
import type { Pair } from './blocks.ts';

/** A request for it to write. */
export interface WantedRequest {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Names that it may put into no table. */
  readonly secret: readonly string[];
}

/** `fault`: a compression error. Null: it can be read, but is no request. */
export type ReadRequest =
  | 'fault'
  | { readonly raw: readonly string[]; readonly secret: readonly string[] }
  | null;

/** Conversations of their own; a number is a size for the reader's table, bytes, that the writer hears of. */
export interface Questions {
  /** Blocks, in hexadecimal. */
  readonly reads: readonly (readonly (string | number)[])[];
  readonly writes: readonly (readonly (WantedRequest | number)[])[];
}

export interface Answers {
  /** Per conversation and block, up to the first fault. */
  readonly reads: readonly (readonly ReadRequest[])[];
  /** Blocks, in hexadecimal. */
  readonly writes: readonly (readonly string[])[];
}

/** Node, whose HTTP/2 is nghttp2: an implementation that shares nothing with ours. It runs the set-up, too. */
export const NODE = Bun.which('node');

/** Asks nghttp2 in a process of its own. */
export async function askNghttp2(questions: Questions): Promise<Answers> {
  if (NODE === null) throw new Error('there is no node here');
  const child = Bun.spawn([NODE, join(import.meta.dir, 'nghttp2.mjs')], {
    stdin: Buffer.from(JSON.stringify(questions)),
    stderr: 'inherit',
  });
  const answers = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error('the comparison broke off; its reason is above');
  // Its own script wrote this, in the form that the type says.
  return JSON.parse(answers) as Answers;
}

/** What was read, as pairs in their order. */
export const rawPairs = (raw: readonly string[]): readonly Pair[] =>
  Array.from(
    { length: raw.length / 2 },
    (_, at): Pair => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''],
  );

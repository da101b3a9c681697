import { sha256Hex } from '../crypto/index.ts';
import type { CompiledPolicies } from '../policy/index.ts';
import type { Log, Space } from '../ports/index.ts';

/** What a node has of policies once they are compiled. */
export type Reading = Pick<CompiledPolicies, 'program' | 'closed'>;

/** There is one at a time: the last. */
const KEY = 'last';
const DIGEST_CHARACTERS = 64;

/**
 * The program that was compiled last, in the node's own store, so that a node that starts again needs no compiler.
 * It is found by what it was compiled from, under a digest over all of it: one of other policies, of another
 * compiler or damaged is none.
 */
export class KeptProgram {
  readonly #space: Space;
  readonly #log: Log;

  constructor(space: Space, log: Log) {
    this.#space = space;
    this.#log = log;
  }

  /** The program compiled from `source`, a digest. */
  find(source: string): Reading | undefined {
    const bytes = this.#space.get(KEY);
    if (bytes === undefined) return undefined;
    const content = bytes.subarray(DIGEST_CHARACTERS);
    const digest = new TextDecoder().decode(bytes.subarray(0, DIGEST_CHARACTERS));
    if (digest !== sha256Hex(content)) return undefined;
    // By the digest these are the bytes that `keep` wrote.
    const kept = JSON.parse(new TextDecoder().decode(content)) as Reading & { source: string };
    return kept.source === source ? { program: kept.program, closed: kept.closed } : undefined;
  }

  /** A disk that takes nothing costs the next start some time, and nothing else. */
  keep(source: string, { program, closed }: Reading): void {
    const content = new TextEncoder().encode(JSON.stringify({ source, program, closed }));
    const digest = new TextEncoder().encode(sha256Hex(content));
    try {
      this.#space.put(KEY, Buffer.concat([digest, content]));
    } catch (error) {
      this.#log.warn('the compiled policies are not kept for the next start', { error });
    }
  }
}

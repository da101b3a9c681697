import type { DecisionProgram } from '../src/policy/index.ts';
import { garbageIn } from './garbage.ts';

const DECISIONS = 10_000_000;

/** How one process without the official engine fared with a program. */
export interface Fared {
  /** Of its first link, milliseconds. */
  readonly slicesMs: readonly number[];
  /**
   * What the runtime says it allocated between the collections of ten million permitted decisions, by decision.
   * Without any collection it is less than the first would have needed: 8 MiB, 0.8 bytes a decision.
   */
  readonly garbageBytes: number;
}

/** Links and decides in a process of its own, as a sidecar does. */
export async function inOwnProcess(
  program: DecisionProgram,
  requests: 'plain' | 'contextual',
): Promise<Fared> {
  const args = [String(DECISIONS), requests];
  const { output, bytes } = await garbageIn('deciding-child.ts', args, JSON.stringify(program));
  return { slicesMs: JSON.parse(output), garbageBytes: bytes / DECISIONS };
}

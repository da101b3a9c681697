import { memoryOf, resetPeakMemory } from '../../platform/index.ts';
import { expectThat } from '../errors.ts';

/** Watches how far the memory of some processes grows from now on. */
export class MemoryWatch {
  readonly #residentBytes: ReadonlyMap<number, number>;

  constructor(pids: readonly number[]) {
    this.#residentBytes = new Map(
      pids.map((pid) => {
        resetPeakMemory(pid);
        const memory = memoryOf(pid);
        expectThat(memory !== undefined, `the process ${pid} is gone`);
        return [pid, memory.residentBytes];
      }),
    );
  }

  /** By how many bytes the one that grew most was larger at its peak than at the beginning. */
  grownBytes(): number {
    return Math.max(
      ...[...this.#residentBytes].map(
        ([pid, before]) => (memoryOf(pid)?.peakBytes ?? Infinity) - before,
      ),
    );
  }
}

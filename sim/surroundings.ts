import {
  hostProcess,
  memoryOf,
  realClock,
  scratchDirs,
  type Terminal,
} from '../src/platform/index.ts';
import type { Surroundings } from './run.ts';
import type { TrustSurroundings } from './run-trust.ts';

/** Back to the beginning of the line, and all of it erased (ECMA-48 EL). */
const ERASE_LINE = '\r\u001b[K';

/** The real time and memory of this process; a person who waits is told how far `what` is. */
export function surroundings({ interactive, writeError }: Terminal, what: string): Surroundings {
  return {
    clock: realClock,
    peakBytes: () => memoryOf(hostProcess().pid)?.peakBytes ?? Number.NaN,
    progress: (share) => {
      if (!interactive) return;
      writeError(share < 1 ? `${ERASE_LINE}${what}: ${Math.floor(share * 100)} %` : ERASE_LINE);
    },
  };
}

/** As {@link surroundings}, with real directories for the library that judges updates. */
export const trustSurroundings = (terminal: Terminal, what: string): TrustSurroundings => ({
  ...surroundings(terminal, what),
  scratch: scratchDirs(),
});

import { realClock } from '../src/platform/index.ts';
import { type DecisionProgram, linkEngine, type PolicyEngine } from '../src/policy/index.ts';
import { trustDomain } from './policy-set.ts';

/** How long a link held up the event loop at a time, milliseconds. */
export interface Slice {
  readonly wallMs: number;
  /** Of the linking thread: a busy machine does not add to it. */
  readonly cpuMs: number;
}

/** Links once, and tells of each slice. */
export async function timedLink(
  program: DecisionProgram,
): Promise<{ readonly engine: PolicyEngine; readonly slices: readonly Slice[] }> {
  const slices: Slice[] = [];
  let start = now();
  const endSlice = (): void => {
    const end = now();
    slices.push({ wallMs: end.wallMs - start.wallMs, cpuMs: end.cpuMs - start.cpuMs });
  };
  const clock = {
    ...realClock,
    after: (delayMs: number, run: () => void) => {
      endSlice();
      return realClock.after(delayMs, () => {
        start = now();
        run();
      });
    },
  };
  const linked = await linkEngine(program, { trustDomain, clock });
  endSlice();
  if (!linked.ok) throw new Error(linked.error);
  return { engine: linked.value, slices };
}

function now(): Slice {
  const { user, system } = process.threadCpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1_000 };
}

import { realClock } from '../src/platform/index.ts';
import { type DecisionProgram, linkEngine, type PolicyEngine } from '../src/policy/index.ts';
import { trustDomain } from './policy-set.ts';

/** Links once, and tells how long the event loop was held up each time, in milliseconds. */
export async function timedLink(
  program: DecisionProgram,
): Promise<{ readonly engine: PolicyEngine; readonly slicesMs: readonly number[] }> {
  const slicesMs: number[] = [];
  let start = performance.now();
  const clock = {
    ...realClock,
    after: (delayMs: number, run: () => void) => {
      slicesMs.push(performance.now() - start);
      return realClock.after(delayMs, () => {
        start = performance.now();
        run();
      });
    },
  };
  const linked = await linkEngine(program, { trustDomain, clock });
  slicesMs.push(performance.now() - start);
  if (!linked.ok) throw new Error(linked.error);
  return { engine: linked.value, slicesMs };
}

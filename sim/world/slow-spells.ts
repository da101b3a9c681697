import type { SimHost } from './host.ts';
import type { SimRandom } from './random.ts';
import type { Timeline } from './timeline.ts';

/** How a slow host is slow, in means; both spells are exponentially distributed. */
export interface SlowSpells {
  readonly awakeMs: number;
  readonly blockedMs: number;
}

/**
 * From now on, whatever runs on `host` is awake for a while and blocked for a while, in turn: the
 * member whose messages are processed late (Lifeguard, arXiv 1707.00788). Returns what ends it.
 */
export function slowDown(
  host: SimHost,
  spells: SlowSpells,
  timeline: Timeline,
  random: SimRandom,
): () => void {
  let isOver = false;
  const next = (): void => {
    timeline.add(timeline.now + random.exponential(spells.awakeMs), { happen: block });
  };
  const block = (): void => {
    if (isOver) return;
    const blockedMs = random.exponential(spells.blockedMs);
    host.process?.stall(blockedMs);
    timeline.add(timeline.now + blockedMs, { happen: next });
  };
  next();
  return () => {
    isOver = true;
  };
}

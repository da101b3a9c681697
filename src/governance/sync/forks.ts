import type { Repository } from '../repository/index.ts';
import { isMerged, mergeRepositories } from './merge.ts';
import { MAX_FORKS } from './messages.ts';
import { forkId } from './offers.ts';
import { covers, standingOf } from './standing.ts';

/**
 * Repositories that an authority signed and that this node cannot follow, though they have what it lacks: a list, a
 * root, or higher numbers. They are kept for the peers, so that they come to an authority over any number of hops,
 * until what is in force has all of theirs.
 */
export class Forks {
  #known: readonly Repository[] = [];

  /** At most {@link MAX_FORKS}: the next one has its turn when one of them is settled. */
  all(): readonly Repository[] {
    return this.#known;
  }

  /** True when it is news: it has something that neither `held` nor another fork has. */
  add(held: Repository, fork: Repository): boolean {
    if ([held, ...this.#known].some((one) => isWithin(fork, one))) return false;
    const kept = this.#known.filter((one) => !isWithin(one, fork));
    if (kept.length >= MAX_FORKS) return false;
    this.#known = [...kept, fork];
    return true;
  }

  has(fork: Repository): boolean {
    return this.#known.some((one) => forkId(one) === forkId(fork));
  }

  /** Lets go of what `held` has in full. */
  settle(held: Repository): void {
    this.#known = this.#known.filter((fork) => !isWithin(fork, held));
  }
}

/** Would merging `fork` into `whole` change nothing? */
const isWithin = (fork: Repository, whole: Repository): boolean =>
  covers(standingOf(whole), standingOf(fork)) || isMerged(whole, mergeRepositories(whole, fork));

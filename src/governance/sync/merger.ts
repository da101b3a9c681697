import type { NodeName } from '../../core/index.ts';
import type { Clock, Log, Peer, Timer } from '../../ports/index.ts';
import { mayPublish } from '../change/index.ts';
import { GovernanceError } from '../errors.ts';
import {
  fileOf,
  type Repository,
  type TargetsRole,
  type TrustFiles,
  type TrustSigner,
} from '../repository/index.ts';
import type { TrustStore } from '../trust-store.ts';
import type { ConflictWatch } from './conflict-watch.ts';
import type { Exclusive } from './exclusive.ts';
import { type Merged, mergeRepositories } from './merge.ts';
import { inTurn } from './online-signer.ts';
import { signMerged } from './sign-merged.ts';

export interface MergerParts {
  readonly node: NodeName;
  readonly store: TrustStore;
  readonly watch: ConflictWatch;
  readonly exclusive: Exclusive;
  readonly clock: Clock;
  readonly log: Log;
  /** This node's online key; without one it is no authority. */
  readonly online?: TrustSigner;
  readonly peers: () => readonly Peer[];
  /** Puts in force here what this node signed, and tells the peers. */
  readonly adopt: (files: TrustFiles) => Promise<void>;
}

/** Each authority waits so long for the one before it in turn: that one's publication is then here. */
const TURN_MS = 2_000;
/** Between two merges. Doubled while there is more to merge: authorities that lie must not keep others signing. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A mesh that had nothing to merge for so long begins with the shortest pause again. */
const QUIET_MS = 300_000;

/**
 * Brings together what authorities signed apart: the first of those that are reachable, in their order, merges all
 * forks into what it holds and publishes that above them all. If it does not, the next one does; if two do it, they
 * sign the same lists.
 */
export class Merger {
  readonly #parts: MergerParts;
  #timer: Timer | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #lastAt = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(parts: MergerParts) {
    this.#parts = parts;
  }

  /** To be called when a fork came up, or what is in force changed. */
  consider(): void {
    const { watch, clock } = this.#parts;
    if (this.#isStopped || this.#timer !== undefined || watch.forks.all().length === 0) return;
    const turn = this.#turn();
    if (turn === undefined) return;
    const now = clock.monotonic();
    if (now - this.#lastAt > QUIET_MS) this.#pauseMs = FIRST_PAUSE_MS;
    const waitMs = Math.max(turn * TURN_MS, this.#lastAt + this.#pauseMs - now);
    if (waitMs <= 0) this.#run();
    else this.#timer = clock.after(waitMs, () => this.#run());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** How many reachable authorities come before this node; undefined when it is none. */
  #turn(): number | undefined {
    const { node, online, store, peers } = this.#parts;
    if (online === undefined) return undefined;
    const there = new Set<string>([node, ...peers().map(({ name }) => name)]);
    const order = inTurn(store.current().authorities).filter((one) => there.has(one.node));
    const at = order.findIndex(({ onlineKey }) => onlineKey === online.publicKey);
    return at < 0 ? undefined : at;
  }

  #run(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#parts.exclusive
      .run(() => this.#merge())
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.consider());
  }

  /** It is tried again, but not soon: what is in the way seldom goes away by itself. */
  #failed(error: unknown): void {
    const { watch, log, clock } = this.#parts;
    this.#lastAt = clock.monotonic();
    this.#pauseMs = LONGEST_PAUSE_MS;
    if (error instanceof GovernanceError && error.code === 'VERSIONS_EXHAUSTED') {
      watch.book.record({ kind: 'numbers-exhausted', detail: error.message });
    } else log.error('what authorities published apart was not merged', { error });
  }

  async #merge(): Promise<void> {
    const { store, watch, online, clock, adopt, log } = this.#parts;
    const held = store.repository();
    watch.forks.settle(held);
    const forks = watch.forks.all();
    if (online === undefined || forks.length === 0) return;
    this.#lastAt = clock.monotonic();
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    const merged = mergeRepositories(held, ...forks);
    if (!mayPublish(merged.root, online)) return; // a newer root is without this node: another one's turn
    for (const role of merged.lower) {
      const version = merged.lists.get(role)?.signed.version;
      const detail = `${role} ${version} has the signers in force, and a higher version is in force elsewhere`;
      watch.book.record({ kind: 'lower-list', detail });
    }
    // Elsewhere it is in the way of who took the higher one, which may have been named alone; here, of everything.
    if (merged.lower.some((role) => isBelow(merged, held, role))) return;
    await adopt(signMerged(merged, online, clock.now()));
    const { version, revision } = store.current();
    log.info('merged what authorities published apart', { version, revision });
  }
}

/** Would this node itself refuse the merge, since it holds, or its snapshot names, a higher version of a list? */
function isBelow(merged: Merged, { lists, snapshot }: Repository, role: TargetsRole): boolean {
  const version = merged.lists.get(role)?.signed.version ?? 0;
  const named = snapshot.signed.meta[fileOf(role)]?.version ?? 0;
  return version < Math.max(lists.get(role)?.signed.version ?? 0, named);
}

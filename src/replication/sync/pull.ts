import type { NodeName } from '../../core/index.ts';
import type { Clock, Gossip, PeerId, Random } from '../../ports/index.ts';
import type { RecordHead, RecordId } from '../record.ts';
import type { RecordStore } from '../record-store.ts';
import { shelvesOf } from './beyond.ts';
import { pullEvidence } from './evidence-pull.ts';
import type { HastyWriters } from './hasty-writers.ts';
import { type HeldState, heldState, isSameState } from './held-state.ts';
import { GOSSIP_MS, IDS_PER_REQUEST, LEFT_IDS_PER_REQUEST } from './limits.ts';
import type { BroughtRecord } from './messages.ts';
import { PeerFailure, PeerQuestions } from './peer-questions.ts';
import { type Overdraft, PullBudget } from './pull-budget.ts';
import type { RangePath, ShelfHead } from './range.ts';
import { RangeSearch } from './range-search.ts';
import type { RefusedLately } from './refused-lately.ts';

/** What all pulls of a node share. */
export interface PullParts {
  readonly records: RecordStore;
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly random: Random;
  readonly refused: RefusedLately;
  readonly hasty: HastyWriters;
  /** Records that one of the pulls has asked for, so that two peers do not send the same. */
  readonly awaited: Set<RecordId>;
  readonly isStopped: () => boolean;
}

/**
 * How a comparison ended. `same`: the peer holds what we do; `nothing-new`: it holds less, or what we refused;
 * `settled`: so it was when it was last compared, and nothing has changed; `unfinished`: it has more than its turn had room for; `slow`: its turn ended before it told anything new;
 * `costly`: what it sent was out of proportion to what was new; `nonsense`: no honest member says that.
 */
export type PullResult =
  | 'same'
  | 'learned'
  | 'nothing-new'
  | 'settled'
  | 'unfinished'
  | 'slow'
  | 'costly'
  | 'unanswered'
  | 'nonsense';

export interface PullOutcome {
  readonly result: PullResult;
  /** Records that were new here. */
  readonly stored: number;
  /** Some of them were not of the last seconds: others may lack them too. */
  readonly missedByGossip: boolean;
  /** What the peer held, when it has nothing for us any more while it holds just that. */
  readonly exhausted: HeldState | undefined;
  /** Why it failed, in words. */
  readonly reason?: string;
}

/**
 * Fetches from one peer what it has and this node lacks. Only one direction: the peer does the same when it is
 * its turn. What came stays, however it ends.
 */
export class Pull {
  readonly #parts: PullParts;
  readonly #peer: PeerId;
  readonly #budget: PullBudget;
  readonly #questions: PeerQuestions;
  /** None while both are not known to hold anything else. */
  #begun: RangeSearch | undefined;
  #theirs: HeldState | undefined;
  #stored = 0;
  #missedByGossip = false;
  /** What another pull has asked for: it is looked at again in the end, for that one's peer may never send it. */
  readonly #leftToOthers: RecordHead[] = [];

  constructor(peer: PeerId, parts: PullParts) {
    const { gossip, clock } = parts;
    this.#parts = parts;
    this.#peer = peer;
    this.#budget = new PullBudget(clock);
    this.#questions = new PeerQuestions(peer, gossip, this.#budget);
  }

  /**
   * Compares all that both hold; no further than the digests if `isSettled` knows the peer's. Where `isNews` the peer is
   * shown at once what this node has of each writer, so that most comparisons of a small mesh are one question.
   * @throws what this node's own store throws
   */
  compare(
    isSettled: (theirs: HeldState) => boolean,
    { isNews }: { readonly isNews: boolean },
  ): Promise<PullOutcome> {
    return this.#ending(async () => {
      const { records } = this.#parts;
      const ours = heldState(records);
      const shelves = isNews ? this.#shelves() : undefined;
      const state = await this.#questions.state(ours, shelves);
      if (isSameState(ours, state)) {
        this.#theirs = ours;
        return 'same';
      }
      const { digest, evidence, root, brought } = state;
      const theirs = { digest, evidence };
      this.#theirs = theirs;
      if (isSettled(theirs)) return 'settled';
      if (brought === undefined) this.#found('', root);
      else if (shelves === undefined)
        throw new PeerFailure('nonsense', 'it was not asked for that');
      else if (!this.#parts.isStopped()) this.#takeAll(brought);
      await this.#everythingFound();
      if (ours.evidence !== theirs.evidence && !this.#isOver()) {
        await pullEvidence(this.#questions, records, this.#peer, () => this.#isOver());
      }
      return undefined;
    });
  }

  /**
   * Fetches what the peer holds of one writer.
   * @throws what this node's own store throws
   */
  writer(name: NodeName): Promise<PullOutcome> {
    return this.#ending(async () => {
      this.#search.add(`${name}/`);
      await this.#everythingFound();
      return undefined;
    });
  }

  async #ending(run: () => Promise<'same' | 'settled' | undefined>): Promise<PullOutcome> {
    try {
      const early = await run();
      return this.#outcome(early ?? resultOf(this.#budget.overdraft, this.#stored));
    } catch (error) {
      if (!(error instanceof PeerFailure)) throw error;
      const { overdraft } = this.#budget;
      // No answer by the end of the turn: the turn has ended, which is no failure of a peer that was of use.
      if (overdraft === 'time') return this.#outcome(resultOf(overdraft, this.#stored));
      return { ...this.#outcome(error.result), reason: error.message };
    }
  }

  #outcome(result: PullResult): PullOutcome {
    const isWhole = result === 'same' || result === 'learned' || result === 'nothing-new';
    return {
      result,
      stored: this.#stored,
      missedByGossip: this.#missedByGossip,
      exhausted: isWhole ? this.#theirs : undefined,
    };
  }

  /** Not while something was refused: what is brought whole would bring that again, and nobody could leave it out. */
  #shelves(): readonly ShelfHead[] | undefined {
    const { records, refused, hasty } = this.#parts;
    return refused.isAny || hasty.isAny ? undefined : shelvesOf(records.snapshot());
  }

  get #search(): RangeSearch {
    const { records, random, refused, hasty } = this.#parts;
    this.#begun ??= new RangeSearch({
      held: () => records.snapshot(),
      isUnwanted: ({ hash }) => refused.has(this.#peer, hash),
      isHasty: (writer) => hasty.has(writer),
      random,
    });
    return this.#begun;
  }

  #isOver(): boolean {
    return this.#parts.isStopped() || this.#budget.overdraft !== undefined;
  }

  /** What is missing is fetched even where the search for it has become too dear. */
  async #everythingFound(): Promise<void> {
    for (;;) {
      const { overdraft } = this.#budget;
      if (this.#parts.isStopped() || overdraft === 'time' || overdraft === 'bytes') return;
      const isFull = overdraft !== undefined || this.#search.missing >= IDS_PER_REQUEST;
      const paths = isFull ? [] : this.#search.takePaths();
      if (paths.length > 0) await this.#look(paths);
      else if (this.#search.missing > 0)
        await this.#collect(this.#search.takeMissing(IDS_PER_REQUEST));
      else if (this.#leftToOthers.length > 0) await this.#collectLeft();
      else return;
    }
  }

  async #look(paths: readonly RangePath[]): Promise<void> {
    const nodes = await this.#questions.ranges(paths);
    for (const [index, path] of paths.entries()) {
      if (index < nodes.length) this.#found(path, nodes[index]);
      else this.#search.add(path);
    }
  }

  #found(...[path, node]: Parameters<RangeSearch['found']>): void {
    if (this.#search.found(path, node)) return;
    throw new PeerFailure('nonsense', 'the peer claims more ranges than records can have');
  }

  async #collect(heads: readonly RecordHead[]): Promise<void> {
    const { awaited } = this.#parts;
    const ids: RecordId[] = [];
    for (const head of heads) {
      if (awaited.has(head.id)) this.#leftToOthers.push(head);
      else ids.push(head.id);
    }
    for (const id of ids) awaited.add(id);
    try {
      await this.#bring(ids);
    } finally {
      for (const id of ids) awaited.delete(id);
    }
  }

  /** A few at a time: most of them are coming from elsewhere. */
  async #collectLeft(): Promise<void> {
    const heads = this.#leftToOthers.splice(-LEFT_IDS_PER_REQUEST);
    await this.#bring(heads.filter((head) => this.#search.isMissing(head)).map(({ id }) => id));
  }

  async #bring(ids: readonly RecordId[]): Promise<void> {
    let rest = ids;
    while (rest.length > 0) {
      const page = await this.#questions.records(rest);
      if (this.#parts.isStopped()) return;
      this.#take(page, rest);
      rest = this.#isOver() ? [] : rest.slice(page.length);
    }
  }

  #take(page: readonly (Uint8Array | undefined)[], ids: readonly RecordId[]): void {
    this.#takeAll(
      page.flatMap((bytes, index) => {
        return bytes === undefined ? [] : [[ids[index] ?? '', bytes] as const];
      }),
    );
  }

  #takeAll(came: readonly BroughtRecord[]): void {
    const { records, refused, hasty } = this.#parts;
    const outcomes = records.acceptAll(
      came.map(([, bytes]) => bytes),
      this.#peer,
    );
    for (const [index, [id, bytes]] of came.entries()) {
      const acceptance = outcomes[index];
      if (acceptance?.outcome === 'stored') this.#learned(id, bytes);
      if (acceptance?.outcome !== 'refused') continue;
      if (acceptance.reason === 'too-fast') hasty.add(bytes);
      else refused.add(this.#peer, bytes);
    }
  }

  #learned(id: RecordId, bytes: Uint8Array): void {
    this.#stored++;
    this.#budget.learned(bytes.length);
    if (this.#missedByGossip) return;
    const issuedAt = this.#parts.records.snapshot().get(id)?.content.issuedAt;
    const now = this.#parts.clock.now();
    this.#missedByGossip = issuedAt !== undefined && now - issuedAt > GOSSIP_MS;
  }
}

function resultOf(overdraft: Overdraft | undefined, stored: number): PullResult {
  if (overdraft === 'allowance') return 'costly';
  if (overdraft !== undefined) return stored > 0 ? 'unfinished' : 'slow';
  return stored > 0 ? 'learned' : 'nothing-new';
}

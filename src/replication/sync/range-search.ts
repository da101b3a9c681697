import type { NodeName } from '../../core/index.ts';
import type { Random } from '../../ports/index.ts';
import { type RecordHead, writerOf } from '../record.ts';
import type { RecordIndex } from '../record-index.ts';
import { MAX_OPEN_RANGES, RANGES_PER_REQUEST } from './limits.ts';
import type { RangeNode, RangePath, ShelfHead } from './range.ts';
import { shortened } from './range.ts';
import { digestAt } from './range-view.ts';

export interface RangeSearchParts {
  /** What this node holds at that moment. */
  readonly held: () => RecordIndex;
  /** Is this one not to be fetched, though it is not held? */
  readonly isUnwanted: (head: RecordHead) => boolean;
  /** Would nothing of this writer be taken now? */
  readonly isHasty: (writer: NodeName) => boolean;
  readonly random: Random;
}

/**
 * Finds what another member has and this node has not, by descending where digests differ. Depth comes
 * first, so that little is remembered, and from a random side, so that a search that is broken off looks
 * elsewhere the next time.
 */
export class RangeSearch {
  readonly #parts: RangeSearchParts;
  readonly #open: RangePath[] = [];
  readonly #missing: RecordHead[] = [];

  constructor(parts: RangeSearchParts) {
    this.#parts = parts;
  }

  /** To be looked into whatever this node holds there. */
  add(path: RangePath): void {
    this.#open.push(path);
  }

  /**
   * Takes up what the other member holds in a range.
   * @returns false when it says more than records can be
   */
  found(path: RangePath, node: RangeNode | undefined): boolean {
    switch (node?.kind) {
      case 'branch':
        this.#branch(path, node.digests);
        break;
      case 'writers':
        for (const shelf of node.shelves) if (this.#mayTeach(shelf)) this.add(`${shelf.writer}/`);
        break;
      case 'records':
        for (const head of node.heads) if (this.isMissing(head)) this.#missing.push(head);
        break;
    }
    return this.#open.length <= MAX_OPEN_RANGES;
  }

  /** The ranges to ask for next, each once; none when all was looked into. */
  takePaths(): readonly RangePath[] {
    return this.#open.splice(-RANGES_PER_REQUEST);
  }

  get missing(): number {
    return this.#missing.length;
  }

  /** Heads of at most so many records that are missing here, each once. */
  takeMissing(most: number): readonly RecordHead[] {
    // Meanwhile one or the other may have come by gossip.
    return this.#missing.splice(-most).filter((head) => this.isMissing(head));
  }

  /** Is it neither held here nor unwanted? */
  isMissing(head: RecordHead): boolean {
    const { held, isUnwanted, isHasty } = this.#parts;
    return !held().knows(head) && !isUnwanted(head) && !isHasty(writerOf(head.id));
  }

  #branch(path: RangePath, digests: readonly string[]): void {
    const held = this.#parts.held();
    const first = Math.floor(this.#parts.random.fraction() * digests.length);
    for (let step = 0; step < digests.length; step++) {
      const digit = (first + step) % digests.length;
      const theirs = digests[digit];
      const below = path + digit.toString(16);
      if (theirs !== undefined && theirs !== '' && digestAt(held, below) !== theirs)
        this.add(below);
    }
  }

  /** Of an older key there is nothing to learn. */
  #mayTeach({ writer, epoch, digest }: ShelfHead): boolean {
    if (this.#parts.isHasty(writer)) return false;
    const ours = this.#parts.held().shelf(writer);
    if (ours === undefined || epoch > ours.epoch) return true;
    return epoch === ours.epoch && digest !== shortened(ours.records.digest);
  }
}

import type { NodeName } from '../core/index.ts';
import type { HeldRecord, KindOwner, RecordId } from '../replication/index.ts';
import { readVoteClaim, type VoteClaim } from './vote-claim.ts';

/** What members say of proposals, as their records do: at most so much as records of a writer may be. */
export class VoteBook {
  readonly #votes = new Map<RecordId, HeldRecord<VoteClaim>>();
  readonly #byProposal = new Map<string, Set<RecordId>>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** For the store of records: of the kind `vote`. */
  readonly owner: KindOwner<VoteClaim> = {
    read: readVoteClaim,
    set: (record) => this.#set(record),
    unset: (id) => this.#unset(id),
  };

  /** By node. */
  votesOf(proposal: string): ReadonlyMap<NodeName, VoteClaim> {
    const ids = [...(this.#byProposal.get(proposal) ?? [])].sort();
    return new Map(
      ids.flatMap((id) => {
        const record = this.#votes.get(id);
        return record === undefined ? [] : [[record.writer, record.value]];
      }),
    );
  }

  #set(record: HeldRecord<VoteClaim>): void {
    const { id, key, value } = record;
    // Else a node could vote more than once on one proposal.
    if (key !== value.proposal) throw new TypeError(`the record is about ${value.proposal}`);
    this.#votes.set(id, record);
    const ids = this.#byProposal.get(key) ?? new Set();
    this.#byProposal.set(key, ids.add(id));
    this.#changed();
  }

  #unset(id: RecordId): void {
    const record = this.#votes.get(id);
    if (record === undefined) return;
    this.#votes.delete(id);
    const ids = this.#byProposal.get(record.key);
    ids?.delete(id);
    if (ids?.size === 0) this.#byProposal.delete(record.key);
    this.#changed();
  }
}

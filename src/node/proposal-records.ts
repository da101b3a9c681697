import { type NodeName, SelvageError } from '../core/index.ts';
import {
  type Proposal,
  type ProposalBook,
  type ProposalClaim,
  type ProposalId,
  plainVerdict,
  proposalClaimOf,
  readProposalClaim,
  readVerdict,
  type Verdict,
} from '../governance/index.ts';
import type { Log } from '../ports/index.ts';
import type { RecordStore, RecordSync } from '../replication/index.ts';
import { NodeError } from './errors.ts';

/** A node says that it has a proposal for others, under its id. */
export const PROPOSAL_KIND = 'proposal';
/** A node carries an approval or a rejection, under {@link verdictKey}. */
export const APPROVAL_KIND = 'approval';

/** One for each key and proposal: a later verdict of a key takes the place of its earlier one. */
const verdictKey = ({ proposal, publicKey }: Verdict): string =>
  `${proposal}/${publicKey.slice(0, 16)}`;

export interface ProposalRecordsParts {
  readonly node: NodeName;
  readonly records: RecordStore;
  readonly recordSync: Pick<RecordSync, 'mayWrite'>;
  readonly book: ProposalBook;
  /** A claim turned out to be no true one. */
  readonly lied: (writer: NodeName) => void;
  readonly changed: () => void;
  readonly log: Log;
}

/**
 * Proposals and verdicts as records: what members say of them goes into the book, and what this node carries for others
 * is said and withdrawn. A verdict proves itself, so that any node may carry it.
 */
export class ProposalRecords {
  readonly #parts: ProposalRecordsParts;

  constructor(parts: ProposalRecordsParts) {
    this.#parts = parts;
  }

  /** Interprets the records of both kinds, those of now and all that come. */
  follow(): void {
    const { records, book, lied, changed } = this.#parts;
    records.own<ProposalClaim>(PROPOSAL_KIND, {
      read: readProposalClaim,
      set: ({ id: record, writer, key, value: claim }) => {
        requireKey(key, claim.id);
        if (!book.say({ record, writer, claim })) lied(writer);
        changed();
      },
      unset: (record) => {
        book.unsay(record);
        changed();
      },
    });
    records.own<Verdict>(APPROVAL_KIND, {
      read: readVerdict,
      set: ({ id: record, key, value }) => {
        requireKey(key, verdictKey(value));
        book.hear(record, value);
        changed();
      },
      unset: (record) => {
        book.unhear(record);
        changed();
      },
    });
  }

  /**
   * Says that this node has a proposal.
   *
   * @throws NodeError NODE_STARTING; ReplicationError, as of {@link RecordStore.put}
   */
  say(proposal: Proposal): void {
    this.requireVoice();
    const claim = { v: 1, ...proposalClaimOf(proposal) };
    this.#parts.records.put(PROPOSAL_KIND, proposal.id, claim);
  }

  /** Carries verdicts, with the errors of {@link say}. */
  carry(verdicts: Iterable<Verdict>): void {
    const { records } = this.#parts;
    this.requireVoice();
    for (const verdict of verdicts) {
      records.put(APPROVAL_KIND, verdictKey(verdict), plainVerdict(verdict));
    }
  }

  /** @throws NodeError NODE_STARTING */
  requireVoice(): void {
    if (this.#parts.recordSync.mayWrite) return;
    throw new NodeError('NODE_STARTING', 'the node is still asking others what it said before');
  }

  /** What this node carries: the proposals of its records, of both kinds. */
  carried(): ReadonlySet<ProposalId> {
    return new Set(this.#own().map(({ proposal }) => proposal));
  }

  /** Takes back all that this node says of a proposal; or only that it has it, and carries on what others said of it. */
  withdraw(id: ProposalId, { isKeptByOthers = false } = {}): void {
    const { records, recordSync, log } = this.#parts;
    if (!recordSync.mayWrite) return; // it is asked for again
    for (const { kind, key, proposal } of this.#own()) {
      if (proposal !== id || (isKeptByOthers && kind === APPROVAL_KIND)) continue;
      try {
        records.withdraw(kind, key);
      } catch (error) {
        // Without a credential, or on a full disk, a node has no say; what it carries ends by itself.
        if (!(error instanceof SelvageError)) throw error;
        log.warn('a proposal was not withdrawn', { proposal: id, error });
      }
    }
  }

  #own() {
    const { records, node } = this.#parts;
    return [...(records.snapshot().shelf(node)?.records.items() ?? [])].flatMap(({ content }) => {
      const { kind, key, tombstone } = content;
      if (tombstone || (kind !== PROPOSAL_KIND && kind !== APPROVAL_KIND)) return [];
      // Only what this class wrote is there, and a key begins with an id.
      return [{ kind, key, proposal: key.split('/')[0] as ProposalId }];
    });
  }
}

/** Who reads a record by its name must find there what the name says. */
function requireKey(key: string, named: string): void {
  if (key !== named) throw new TypeError(`the record is about ${named}`);
}

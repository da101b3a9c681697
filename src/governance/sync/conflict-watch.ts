import type { Clock, Log, Meter } from '../../ports/index.ts';
import type { Repository, TrustOffer } from '../repository/index.ts';
import type { AuthorityTarget } from '../trust-set.ts';
import { areTwins, conflictWith, sameVersion } from './conflict.ts';
import { ConflictBook } from './conflict-book.ts';
import { Forks } from './forks.ts';
import { hasForgotten } from './merge.ts';
import { signerOfSnapshot } from './online-signer.ts';
import { chainOf, type ForkRefusal, openFork } from './open-fork.ts';
import { SignerMemory } from './signer-memory.ts';

/** Numbers grow by one with each publication: who takes more at once than a mesh needs in years uses them up. */
const MAX_STEP = 100_000;

/** What came of a repository that could not be followed. */
export type Considered = 'fork' | 'known' | 'nothing' | ForkRefusal;

/** Notices what contradicts what is in force: keeps it for an authority to merge, and tells who signed it. */
export class ConflictWatch {
  readonly forks = new Forks();
  readonly book: ConflictBook;
  readonly #signers = new SignerMemory();

  constructor(parts: { readonly clock: Clock; readonly log: Log; readonly meter: Meter }) {
    this.book = new ConflictBook(parts);
  }

  /** `after` is in force in place of `before`. What only `before` had must not be lost. */
  followed(before: Repository, after: Repository, authorities: readonly AuthorityTarget[]): void {
    for (const role of after.lists.keys()) {
      if (areTwins(before, after, role)) this.book.record(sameVersion(before, after, role));
    }
    const step = after.timestamp.signed.version - before.timestamp.signed.version;
    if (step > MAX_STEP && !hasForgotten(before.root, after.files.roots)) {
      const { version } = after.timestamp.signed;
      const detail = `timestamp ${version} follows timestamp ${before.timestamp.signed.version}`;
      const signer = signerOfSnapshot(after, authorities);
      this.book.record({ kind: 'fast-forward', detail }, signer);
    }
    this.learn(after, authorities);
    this.forks.settle(after);
    this.forks.add(after, before);
  }

  /** Does an offer build on the roots that are known here? Two of one version are the governors' own doing. */
  chainOf(held: Repository, offered: TrustOffer): ReturnType<typeof chainOf> {
    const chain = chainOf(held, offered);
    if (!chain.ok && chain.error.reason === 'two-roots') {
      this.book.record({ kind: 'two-roots', detail: chain.error.detail });
    }
    return chain;
  }

  /** A look at an offer that `held` cannot follow: is it another authority's word, which must be merged? */
  consider(
    held: Repository,
    offered: TrustOffer,
    authorities: readonly AuthorityTarget[],
  ): Considered {
    const fork = openFork(held, offered);
    if (!fork.ok) return fork.error;
    this.learn(fork.value, authorities);
    if (this.forks.has(fork.value)) return 'known';
    if (!this.forks.add(held, fork.value)) return 'nothing';
    const signer = signerOfSnapshot(fork.value, authorities);
    this.book.record(conflictWith(held, fork.value), signer);
    return 'fork';
  }

  /** To be called with what is in force and each repository that was verified: what its signer has signed last. */
  learn(repository: Repository, authorities: readonly AuthorityTarget[]): void {
    const signer = signerOfSnapshot(repository, authorities);
    const proven = this.#signers.learn(signer.keyId, repository);
    if (proven !== undefined) this.book.record(proven, signer);
  }
}

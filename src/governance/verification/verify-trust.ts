import { type Brand, ok, type Result } from '../../core/index.ts';
import type { ScratchDirs } from '../../ports/index.ts';
import {
  openRepository,
  publishedAtOf,
  type Repository,
  refuse,
  type TrustFiles,
  type TrustOffer,
  type TrustRefusal,
} from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';
import { boundsProblem, type Candidate, candidateOf } from './candidate.ts';
import type { SkippedTarget } from './effective-targets.ts';
import { readTrustDomain, readTrustSet } from './read-trust-set.ts';
import { judgeByTuf } from './tuf-judge.ts';

/** A trust repository that passed {@link verifyTrust}: the only thing that a node adopts. */
export type VerifiedTrust = Brand<
  {
    readonly repository: Repository;
    readonly set: TrustSet;
    readonly skipped: readonly SkippedTarget[];
  },
  'VerifiedTrust'
>;

export interface VerifyTrustParams {
  /** What is in force here; without it this is a first contact, and the pin is the anchor. */
  readonly held?: Repository;
  /** SHA-256 (hex) of the root that a join token names, or that this node founded. */
  readonly pinnedRootSha256?: string;
  readonly offered: TrustOffer;
  readonly scratch: ScratchDirs;
  /** Milliseconds since 1970: what dates are judged by. */
  readonly now: number;
}

/**
 * Judges an offer by the TUF client workflow (TUF section 5), and by what TUF leaves to us: bounds,
 * contents, a trust domain that never changes, and targets that never go back, whatever an online
 * key says. The date of a team's list is not asked: one team's neglect must not keep the others' changes out. Equal versions change nothing.
 */
export async function verifyTrust(
  params: VerifyTrustParams,
): Promise<Result<VerifiedTrust, TrustRefusal>> {
  const { held, offered, scratch, now } = params;
  const tooMuch = boundsProblem(offered);
  if (tooMuch !== undefined) return { ok: false, error: tooMuch };
  const found = candidateOf(held, params.pinnedRootSha256, offered);
  if (!found.ok) return found;
  const candidate = found.value;
  if (held !== undefined && candidate.isHeld) return verified(held);

  const judged = await judgeByTuf(candidate.update, scratch, now);
  if (judged !== undefined) return { ok: false, error: judged };
  // The library found it good; the same bytes must be whole, with all the contents that they list.
  const repository = openRepository(filesOf(candidate));
  if (!repository.ok) return repository;
  return accept(held, repository.value);
}

const filesOf = ({ trustedRoots, update, delegated, contents }: Candidate): TrustFiles => ({
  roots: [...trustedRoots, ...update.newRoots],
  targets: update.targets,
  snapshot: update.snapshot,
  timestamp: update.timestamp,
  delegated,
  contents,
});

function accept(
  held: Repository | undefined,
  repository: Repository,
): Result<VerifiedTrust, TrustRefusal> {
  const update = verified(repository);
  if (held === undefined || !update.ok) return update;
  const older = olderList(held, repository);
  if (older !== undefined) return refuse('rollback', older);
  const before = readTrustDomain({ lists: held.lists, contents: held.files.contents });
  const { trustDomain } = update.value.set;
  if (before.ok && before.value !== trustDomain) {
    return refuse('trust-domain-changed', `${before.value} became ${trustDomain}`);
  }
  return update;
}

/** No version falls, of no list, whatever an online key says. */
function olderList(held: Repository, { lists }: Repository): string | undefined {
  for (const [role, { signed }] of held.lists) {
    const version = lists.get(role)?.signed.version ?? signed.version; // it may have been taken back
    if (version < signed.version) return `${role} ${version} after ${role} ${signed.version}`;
  }
  return undefined;
}

/** Reads what was verified: all that is left to find is contents that say nothing sensible. */
export function verified(repository: Repository): Result<VerifiedTrust, TrustRefusal> {
  const { files, root, lists, snapshot } = repository;
  const reading = readTrustSet({
    root,
    lists,
    contents: files.contents,
    revision: snapshot.signed.version,
    publishedAtMs: publishedAtOf(snapshot),
  });
  if (!reading.ok) return reading;
  // A repository was opened: its signatures and hashes are good, and the callers saw to the rest.
  return ok({ repository, ...reading.value } as VerifiedTrust);
}

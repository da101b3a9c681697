import { type Brand, ok, type Result } from '../../core/index.ts';
import type { ScratchDirs } from '../../ports/index.ts';
import {
  expiryMs,
  listedContents,
  openRepository,
  parseTargets,
  type Repository,
  refuse,
  type TrustFiles,
  type TrustOffer,
  type TrustRefusal,
} from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';
import { boundsProblem, type Candidate, candidateOf } from './candidate.ts';
import { readTrustSet, type SkippedTarget } from './read-trust-set.ts';
import { judgeByTuf } from './tuf-judge.ts';

/** A trust repository that passed {@link verifyTrust}: the only thing that a node adopts. */
export type VerifiedTrust = Brand<
  {
    readonly files: TrustFiles;
    readonly set: TrustSet;
    readonly skipped: readonly SkippedTarget[];
  },
  'VerifiedTrust'
>;

export interface VerifyTrustParams {
  /** What is in force here; without it this is a first contact, and the pin is the anchor. */
  readonly held?: TrustFiles;
  /** SHA-256 (hex) of the root that a join token names, or that this node founded. */
  readonly pinnedRootSha256?: string;
  readonly offered: TrustOffer;
  readonly scratch: ScratchDirs;
  /** Milliseconds since 1970. The library judges expiry by the host's clock as well. */
  readonly now: number;
}

/**
 * Judges an offer by the TUF client workflow (TUF section 5), and by what TUF leaves to us: bounds,
 * contents, a trust domain that never changes, and targets that never go back, whatever an online
 * key says. Equal versions change nothing.
 */
export async function verifyTrust(
  params: VerifyTrustParams,
): Promise<Result<VerifiedTrust, TrustRefusal>> {
  const { offered, scratch, now } = params;
  const held = params.held === undefined ? ok(undefined) : openRepository(params.held);
  if (!held.ok) return held;
  const tooMuch = boundsProblem(offered);
  if (tooMuch !== undefined) return { ok: false, error: tooMuch };
  const found = candidateOf(held.value, params.pinnedRootSha256, offered);
  if (!found.ok) return found;
  const candidate = found.value;
  if (held.value !== undefined && candidate.isHeld) return verified(held.value);

  const judged = await judgeByTuf(candidate.update, scratch);
  if (judged !== undefined) return { ok: false, error: judged };
  const repository = openCandidate(candidate);
  if (!repository.ok) return repository;
  return accept(held.value, repository.value, now);
}

/** The library found it good; now the same bytes must be whole, with the contents that they list. */
function openCandidate({ trustedRoots, update, contents }: Candidate) {
  const targets = parseTargets(update.targets);
  if (!targets.ok) return refuse('malformed', targets.error);
  return openRepository({
    roots: [...trustedRoots, ...update.newRoots],
    targets: update.targets,
    snapshot: update.snapshot,
    timestamp: update.timestamp,
    contents: listedContents(targets.value, contents),
  });
}

function accept(
  held: Repository | undefined,
  repository: Repository,
  now: number,
): Result<VerifiedTrust, TrustRefusal> {
  const { root, targets, snapshot, timestamp } = repository;
  // TUF section 5.1: the library asks the host's clock, simulations and tests another one.
  const expired = [root, targets, snapshot, timestamp].find((role) => expiryMs(role) <= now);
  if (expired !== undefined) {
    return refuse('expired', `${expired.signed.type} expired at ${expired.signed.expires}`);
  }
  const update = verified(repository);
  if (held === undefined || !update.ok) return update;
  const known = held.targets.signed.version;
  if (targets.signed.version < known) {
    return refuse('rollback', `targets ${targets.signed.version} after targets ${known}`);
  }
  const before = verified(held);
  if (before.ok && before.value.set.trustDomain !== update.value.set.trustDomain) {
    const { trustDomain } = update.value.set;
    return refuse('trust-domain-changed', `${before.value.set.trustDomain} became ${trustDomain}`);
  }
  return update;
}

/** Reads what was verified: all that is left to find is contents that say nothing sensible. */
export function verified(repository: Repository): Result<VerifiedTrust, TrustRefusal> {
  const { files, root, targets } = repository;
  const rootVersion = root.signed.version;
  const reading = readTrustSet({ rootVersion, targets, contents: files.contents });
  if (!reading.ok) return reading;
  // Both callers have opened the repository: its signatures and hashes are good.
  return ok({ files, ...reading.value } as VerifiedTrust);
}

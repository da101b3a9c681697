import { sha256Hex } from '../../crypto/index.ts';
import { GovernanceError } from '../errors.ts';
import { type Proposal, sealProposal } from '../proposal/body.ts';
import { delegationsOf, governorsOf, type Signers, type TargetsRole } from '../repository/index.ts';
import type { Target } from '../target.ts';
import { draftParts } from './draft-parts.ts';
import { nextState } from './next-state.ts';
import { type Held, openHeld } from './open-held.ts';
import { proposedParts } from './parts.ts';
import { heldTrust } from './preview-change.ts';
import { newAuthorityProblem } from './sound-authorities.ts';
import { contentsByPath, touchedPaths, wantedContents } from './wanted-contents.ts';
import { type DelegationChange, requireSigners, wantedDelegations } from './wanted-signers.ts';

export interface DraftParams {
  readonly held: Held;
  /** Added, or put in the place of what stands at the same path. */
  readonly put: readonly Target[];
  /** Paths to take out. */
  readonly remove: readonly string[];
  /** All who govern from then on, where that is to change. */
  readonly governors?: Signers;
  /** Namespaces to hand over, to give other keys, or to take back. */
  readonly delegations?: readonly DelegationChange[];
  /** The list to sign again where its signatures age; without it those of which the change names something. */
  readonly renew?: TargetsRole;
  /** For people, in one line. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Drafts the next version of every role that a change concerns; nothing is signed. A draft of what
 * is in force already signs it again where its signatures age. Undefined when there is nothing to
 * sign.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, TARGET_UNKNOWN, LAST_AUTHORITY, CHANGE_TOO_LARGE,
 * SIGNERS_INVALID, NAMESPACE_NOT_DELEGATED, CHANGE_REFUSED, VERSIONS_EXHAUSTED, REASON_UNREADABLE, AUTHORITY_UNSOUND
 */
export function draftProposal(params: DraftParams): Proposal | undefined {
  const { now, reason } = params;
  const held = openHeld(params.held);
  const wanted = wantedContents(held, contentsByPath(held), params);
  if (params.governors !== undefined) requireSigners(params.governors, 'the governors');
  const drafted = draftParts({
    held,
    wanted,
    governors: params.governors ?? governorsOf(held.root),
    delegations: wantedDelegations(delegationsOf(held.targets), params.delegations ?? []),
    touched: touchedPaths(params),
    renew: params.renew,
    now,
  });
  const parts = proposedParts(drafted);
  if (parts.length === 0) return undefined;
  const added = new Map<string, Uint8Array>();
  for (const bytes of wanted.values()) {
    const sha256 = sha256Hex(bytes);
    if (!held.files.contents.has(sha256)) added.set(sha256, bytes);
  }
  const contents = [...added].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes);
  const { set } = nextState(held, drafted, contents); // what nobody would take is not proposed
  const unsound = newAuthorityProblem(set, heldTrust(held), now);
  if (unsound !== undefined) throw new GovernanceError('AUTHORITY_UNSOUND', unsound);
  return sealProposal({ parts, contents, reason, createdAtMs: now });
}

import type { Result } from '../core/index.ts';
import {
  GovernanceError,
  previewProposal,
  type TrustSet,
  type TrustStore,
} from '../governance/index.ts';
import type { DecisionProgram, ReplayRules } from '../policy/index.ts';
import type { PolicyReading } from './policy-reading.ts';
import { isSigned, type OpenProposal } from './vote-choice.ts';

/** Characters of policies that nobody signed: to compile so many, a thousand short ones, holds a node up for about 0.4 s. */
const MAX_UNSIGNED_CHARACTERS = 64 * 1024;

export interface ProposedRulesParts {
  readonly trust: Pick<TrustStore, 'files'>;
  readonly policies: Pick<PolicyReading, 'program'> & {
    /** The error says in words what this version does not read. */
    compile(
      policies: TrustSet['policies'],
      headers: readonly string[],
    ): Result<DecisionProgram, string>;
  };
}

/** What decides on calls; or in words why that cannot be told; undefined while this node is behind. */
export type ProposedRules =
  | { readonly rules: ReplayRules }
  | { readonly problem: string }
  | undefined;

/** What would decide on calls where `set` is in force, once this proposal were. Policies are compiled where they differ. */
export function proposedRules(
  { proposal, signedRoles }: Pick<OpenProposal, 'proposal' | 'signedRoles'>,
  set: TrustSet,
  { trust, policies }: ProposedRulesParts,
): ProposedRules {
  let next: TrustSet;
  try {
    next = previewProposal(trust.files(), proposal);
  } catch (error) {
    if (!(error instanceof GovernanceError)) throw error;
    return error.code === 'CHANGE_OVERTAKEN' ? undefined : { problem: error.message };
  }
  const inForce = policies.program;
  if (inForce !== undefined && decidesAlike(set, next)) {
    return { rules: rulesOf(next, inForce.program) };
  }
  // Any member can make a proposal, and all would compile it.
  if (!isSigned({ signedRoles }) && newCharacters(set, next) > MAX_UNSIGNED_CHARACTERS)
    return TOO_LONG;
  const compiled = policies.compile(next.policies, next.settings.policyHeaders);
  return compiled.ok
    ? { rules: rulesOf(next, compiled.value) }
    : { problem: `the policies cannot be read here: ${compiled.error}` };
}

const TOO_LONG = {
  problem: `more than ${MAX_UNSIGNED_CHARACTERS / 1024} KiB of its policies are new: it is judged once somebody has signed it`,
};

/** What of a trust set decides on calls, beside the program that its policies compile to. */
export const rulesOf = (
  { trustDomain, services, registrations }: TrustSet,
  program: DecisionProgram,
): ReplayRules => ({
  trustDomain,
  program,
  services: new Map(services.map(({ key, protocol }) => [key, protocol])),
  callers: new Set(registrations.map(({ spiffeId }) => spiffeId)),
});

const decidesAlike = (a: TrustSet, b: TrustSet): boolean =>
  JSON.stringify([a.settings.policyHeaders, a.policies.map(textOf)]) ===
  JSON.stringify([b.settings.policyHeaders, b.policies.map(textOf)]);

/** In files that are not in force as they are. */
function newCharacters(inForce: TrustSet, next: TrustSet): number {
  const known = new Set(inForce.policies.map(textOf));
  const fresh = next.policies.filter((file) => !known.has(textOf(file)));
  return fresh.reduce((sum, { text }) => sum + text.length, 0);
}

/** What a file says, whichever version brought it. */
const textOf = ({ name, namespace, text }: TrustSet['policies'][number]): string =>
  JSON.stringify([name, namespace, text]);

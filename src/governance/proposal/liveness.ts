import { GovernanceError } from '../errors.ts';
import { isLive, type ProposalState } from './proposal-book.ts';

/** Of an id: enough to tell proposals apart. */
const ID_CHARACTERS = 12;

/**
 * May a proposal in `state` still be signed or rejected?
 *
 * @throws GovernanceError PROPOSAL_OVERTAKEN, PROPOSAL_CLOSED
 */
export function requireLive(id: string, state: ProposalState): void {
  if (isLive(state)) return;
  const message = `${id.slice(0, ID_CHARACTERS)} is ${state}`;
  if (state === 'overtaken') throw new GovernanceError('PROPOSAL_OVERTAKEN', message);
  const remedy = 'It is in force: nothing is left to do. See `selvage history`.';
  throw new GovernanceError('PROPOSAL_CLOSED', message, state === 'published' ? { remedy } : {});
}

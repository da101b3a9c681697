import type { AddCommand } from '../program.ts';
import { addApply } from './apply.ts';
import { addApprove } from './approve.ts';
import { addAuthority } from './authority.ts';
import { addCapture } from './capture.ts';
import { addCompletion } from './completion.ts';
import { addDelegation } from './delegation.ts';
import { addDelete } from './delete.ts';
import { addDemo } from './demo.ts';
import { addDemoService } from './demo-service.ts';
import { addDiff } from './diff.ts';
import { addExplain } from './explain.ts';
import { addGet } from './get.ts';
import { addGovernor } from './governor.ts';
import { addHelp } from './help.ts';
import { addHistory } from './history.ts';
import { addInit } from './init.ts';
import { addJoin } from './join.ts';
import { addNode } from './node.ts';
import { addPolicy } from './policy.ts';
import { addProposals } from './proposals.ts';
import { addPropose } from './propose.ts';
import { addReject } from './reject.ts';
import { addRenew } from './renew.ts';
import { addRevoke } from './revoke.ts';
import { addRollback } from './rollback.ts';
import { addRollout } from './rollout.ts';
import { addRun } from './run.ts';
import { addShow } from './show.ts';
import { addSidecar } from './sidecar.ts';
import { addStatus } from './status.ts';
import { addSubmit } from './submit.ts';
import { addToken } from './token.ts';
import { addVersion } from './version.ts';

/** Every command, in the order in which a person meets them. */
export const commands: readonly AddCommand[] = [
  addDemo,
  addInit,
  addNode,
  addApply,
  addDelete,
  addToken,
  addJoin,
  addAuthority,
  addRevoke,
  addPropose,
  addProposals,
  addShow,
  addApprove,
  addReject,
  addSubmit,
  addGovernor,
  addDelegation,
  addRenew,
  addRun,
  addSidecar,
  addCapture,
  addGet,
  addStatus,
  addRollout,
  addHistory,
  addDiff,
  addRollback,
  addExplain,
  addPolicy,
  addCompletion,
  addHelp,
  addVersion,
  addDemoService,
];

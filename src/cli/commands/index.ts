import type { AddCommand } from '../program.ts';
import { addApply } from './apply.ts';
import { addAuthority } from './authority.ts';
import { addCapture } from './capture.ts';
import { addCompletion } from './completion.ts';
import { addDelete } from './delete.ts';
import { addDemo } from './demo.ts';
import { addDemoService } from './demo-service.ts';
import { addDiff } from './diff.ts';
import { addExplain } from './explain.ts';
import { addGet } from './get.ts';
import { addHistory } from './history.ts';
import { addInit } from './init.ts';
import { addJoin } from './join.ts';
import { addNode } from './node.ts';
import { addPolicy } from './policy.ts';
import { addRollback } from './rollback.ts';
import { addRollout } from './rollout.ts';
import { addRun } from './run.ts';
import { addSidecar } from './sidecar.ts';
import { addStatus } from './status.ts';
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
  addVersion,
  addDemoService,
];

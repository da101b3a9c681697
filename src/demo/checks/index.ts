import { applicationDeath } from './application-death.ts';
import { authorityDeath } from './authority-death.ts';
import { authorityReplaced } from './authority-replaced.ts';
import { bodies } from './bodies.ts';
import { bothEnds } from './both-ends.ts';
import type { Check } from './check.ts';
import { comeback } from './comeback.ts';
import { denial } from './denial.ts';
import { grpcCalls } from './grpc-calls.ts';
import { halfClose } from './half-close.ts';
import { names } from './names.ts';
import { nodeDeath } from './node-death.ts';
import { quorum } from './quorum.ts';
import { refusals } from './refusals.ts';
import { revocation } from './revocation.ts';
import { ruleChanges } from './rule-changes.ts';
import { stockWorkload } from './stock-workload.ts';
import { webSockets } from './web-sockets.ts';

export type { CutReport } from './live-cut.ts';
export { cutOnce } from './rule-changes.ts';
export type { Check };

/** All checks, in the order in which they run: each leaves the shop as it found it, or better. */
export const CHECKS: readonly Check[] = [
  bothEnds,
  bodies,
  halfClose,
  denial,
  refusals,
  authorityDeath,
  comeback,
  applicationDeath,
  nodeDeath,
  ruleChanges,
  names,
  grpcCalls,
  webSockets,
  quorum,
  revocation,
  stockWorkload,
  authorityReplaced,
];

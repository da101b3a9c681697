import { z } from 'zod';
import {
  differenceRequestSchema,
  differenceSchema,
  historySchema,
  keptListRequestSchema,
  keptListSchema,
} from './history-wire.ts';
import {
  approveSchema,
  proposalListSchema,
  proposalProgressSchema,
  proposalRequestSchema,
  proposalViewSchema,
  proposeSchema,
  rejectSchema,
} from './proposal-wire.ts';
import {
  authorityCandidateRequestSchema,
  authorityCandidateSchema,
  createdInvitationSchema,
  createdTokenSchema,
  createTokenSchema,
  explainSchema,
  explanationSchema,
  nextKeysSchema,
} from './requests.ts';
import { revocationListSchema, revocationViewSchema, revokeSchema } from './revocation-wire.ts';
import { rolloutRequestSchema, rolloutSchema } from './rollout-wire.ts';
import { publishedSchema, signedChangeSchema, trustDraftSchema } from './trust-wire.ts';
import {
  endpointListSchema,
  evidenceListSchema,
  memberListSchema,
  nodeListSchema,
  serviceListSchema,
  statusSchema,
  workloadListSchema,
} from './views.ts';

/** Largest request body, bytes: one change of the trust repository, in base64. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** One operation: GET carries its request in the query, POST as a JSON body. */
interface Operation {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly request: z.ZodObject;
  readonly response: z.ZodType;
}

const nothing = z.object({});

/**
 * The admin API, version 1: whoever can open the socket may call it, so the socket is its user's
 * alone. Fields may be added to answers; a change that would break a client gets a new version.
 */
export const adminContract = {
  status: { method: 'GET', path: '/v1/status', request: nothing, response: statusSchema },
  nodes: { method: 'GET', path: '/v1/nodes', request: nothing, response: nodeListSchema },
  /** The other nodes, as this one finds out whether they live. */
  members: { method: 'GET', path: '/v1/members', request: nothing, response: memberListSchema },
  /** Whether a change has arrived on all nodes. */
  rollout: {
    method: 'GET',
    path: '/v1/rollout',
    request: rolloutRequestSchema,
    response: rolloutSchema,
  },
  /** What was in force, change by change. */
  history: { method: 'GET', path: '/v1/history', request: nothing, response: historySchema },
  /** Between two versions of one list. */
  difference: {
    method: 'GET',
    path: '/v1/difference',
    request: differenceRequestSchema,
    response: differenceSchema,
  },
  /** A list as it was signed, to be put in force again. */
  keptList: {
    method: 'GET',
    path: '/v1/kept-list',
    request: keptListRequestSchema,
    response: keptListSchema,
  },
  services: { method: 'GET', path: '/v1/services', request: nothing, response: serviceListSchema },
  endpoints: {
    method: 'GET',
    path: '/v1/endpoints',
    request: nothing,
    response: endpointListSchema,
  },
  /** Who was caught saying two things under one sequence. */
  evidence: { method: 'GET', path: '/v1/evidence', request: nothing, response: evidenceListSchema },
  /** Asks the sidecars, and waits half a second at most for those that do not answer. */
  workloads: {
    method: 'GET',
    path: '/v1/workloads',
    request: nothing,
    response: workloadListSchema,
  },
  /** Asks only; a POST, because a question has parts, and names a person. */
  explain: {
    method: 'POST',
    path: '/v1/explanation',
    request: explainSchema,
    response: explanationSchema,
  },
  createToken: {
    method: 'POST',
    path: '/v1/tokens',
    request: createTokenSchema,
    response: createdTokenSchema,
  },
  /** For hosts that an enterprise vouches for: which mesh to join, and where. No secret. */
  createInvitation: {
    method: 'POST',
    path: '/v1/invitations',
    request: nothing,
    response: createdInvitationSchema,
  },
  authorityCandidate: {
    method: 'GET',
    path: '/v1/authority-candidate',
    request: authorityCandidateRequestSchema,
    response: authorityCandidateSchema,
  },
  /** Makes them, if there are none yet; they count for nothing until governors put them in force. */
  nextAuthorityKeys: {
    method: 'POST',
    path: '/v1/authority/next-keys',
    request: nothing,
    response: nextKeysSchema,
  },
  /** What is good no more before its time. */
  revocations: {
    method: 'GET',
    path: '/v1/revocations',
    request: nothing,
    response: revocationListSchema,
  },
  /** This node's authority takes back what it signed itself. */
  revoke: {
    method: 'POST',
    path: '/v1/revocations',
    request: revokeSchema,
    response: revocationViewSchema,
  },
  trustDraft: { method: 'GET', path: '/v1/trust', request: nothing, response: trustDraftSchema },
  publishChange: {
    method: 'POST',
    path: '/v1/trust/changes',
    request: signedChangeSchema,
    response: publishedSchema,
  },
  /** What waits for signatures, and what is over since less than an hour. */
  proposals: {
    method: 'GET',
    path: '/v1/proposals',
    request: nothing,
    response: proposalListSchema,
  },
  proposal: {
    method: 'GET',
    path: '/v1/proposal',
    request: proposalRequestSchema,
    response: proposalViewSchema,
  },
  propose: {
    method: 'POST',
    path: '/v1/proposals',
    request: proposeSchema,
    response: proposalProgressSchema,
  },
  approve: {
    method: 'POST',
    path: '/v1/proposals/approvals',
    request: approveSchema,
    response: proposalProgressSchema,
  },
  reject: {
    method: 'POST',
    path: '/v1/proposals/rejections',
    request: rejectSchema,
    response: proposalProgressSchema,
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof adminContract;

/** A stream of server-sent events, one for each change notice. */
export const CHANGES_PATH = '/v1/changes';

/** How an error travels. `message` and `remedy` are meant for a person. */
export const wireErrorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
    exit: z.enum(['internal', 'usage', 'refused', 'unavailable']),
  }),
});

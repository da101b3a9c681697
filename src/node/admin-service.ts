import type {
  AdminService,
  ChangeFeed,
  EndpointView,
  Explain,
  MemberView,
  NextKeys,
  ProposalView,
  RolloutView,
  VotesView,
} from '../admin/index.ts';
import { type NodeName, parseNodeName } from '../core/index.ts';
import {
  decodeChange,
  encodeFiles,
  GovernanceError,
  type TrustStore,
  type TrustSync,
} from '../governance/index.ts';
import {
  formatInvitation,
  formatJoinToken,
  type MeshPin,
  type TokenBook,
} from '../identity/index.ts';
import type { Member, Membership } from '../membership/index.ts';
import { actionOf, type CedarEngine, explain, type Policy } from '../policy/index.ts';
import type { Clock, Gossip, Log } from '../ports/index.ts';
import { type Endpoint, localitySchema, type Registry } from '../registry/index.ts';
import { authorityCandidate } from './authority-candidate.ts';
import type { AuthorityRole } from './authority-role.ts';
import { callerProblem, contextLines, decisionRequestOf } from './call-question.ts';
import { NodeError } from './errors.ts';
import { type EvidenceSource, evidenceViews } from './evidence-list.ts';
import { rootSha256 } from './init-node.ts';
import type { ProposalDesk } from './proposal-desk.ts';
import type { RevocationDesk } from './revocation-desk.ts';
import type { StatusReport } from './status-report.ts';
import type { TrustHistory } from './trust-history.ts';
import { listWorkloads } from './workload-list.ts';
import type { WorkloadServer } from './workload-server.ts';

export interface AdminServiceParts {
  readonly status: StatusReport;
  readonly registry: Registry;
  readonly trust: TrustStore;
  readonly sync: TrustSync;
  readonly proposals: ProposalDesk;
  /** What members say of a proposal. */
  readonly votesOf: (proposal: string) => VotesView;
  readonly role: AuthorityRole;
  readonly revocation: RevocationDesk;
  readonly tokens: TokenBook;
  readonly workloads: WorkloadServer;
  readonly gossip: Gossip;
  readonly membership: Membership;
  readonly records: EvidenceSource;
  readonly history: TrustHistory;
  readonly rollout: (version: string | undefined) => RolloutView;
  readonly feed: ChangeFeed;
  readonly engine: () => CedarEngine;
  readonly clock: Clock;
  readonly log: Log;
  /** What this node signs identities with next, made if there is none yet. */
  readonly nextKeys: () => Promise<NextKeys>;
  /** Where joiners reach this node, `host:port`. */
  readonly joinAddress: () => string;
}

/** What a node answers on its admin socket. */
export function createAdminService(parts: AdminServiceParts): AdminService {
  const { registry, trust, feed } = parts;
  return {
    status: async () => parts.status.current(),
    nodes: async () => ({ items: registry.nodeViews() }),
    rollout: async ({ version }) => parts.rollout(version),
    history: async () => ({ items: parts.history.changes() }),
    difference: async ({ from, to }) => parts.history.difference(from, to),
    keptList: async ({ version }) => ({ list: parts.history.list(version) }),
    members: async () => ({ items: parts.membership.members().map(memberView) }),
    services: async () => ({ items: registry.serviceViews() }),
    endpoints: async () => ({ items: registry.endpoints().map(endpointView) }),
    evidence: async () => ({ items: evidenceViews(parts.records) }),
    workloads: async () => ({
      items: await listWorkloads(parts.workloads, parts.clock, parts.log),
    }),
    changes: (signal) => feed.watch(signal),
    createToken: async (request) => createToken(parts, request),
    createInvitation: async () => createInvitation(parts),
    authorityCandidate: async ({ node }) => authorityCandidate(registry, nodeNameOf(node)),
    nextAuthorityKeys: async () => await parts.nextKeys(),
    revocations: async () => ({ items: parts.revocation.list() }),
    revoke: async (request) => parts.revocation.revoke(request),
    trustDraft: async () => ({ files: Buffer.from(encodeFiles(trust.files())).toString('base64') }),
    publishChange: async ({ change }) => await publish(parts, change),
    proposals: async () => ({ items: parts.proposals.list() }),
    proposal: async ({ id }) => showProposal(parts, id),
    propose: async ({ proposal, approvals }) => await parts.proposals.propose(proposal, approvals),
    approve: async ({ approval }) => await parts.proposals.approve(approval),
    reject: async ({ rejection }) => await parts.proposals.reject(rejection),
    explain: async (question) => explainCall(parts, question),
  };
}

const endpointView = ({ id, node, claim, state, reason }: Endpoint): EndpointView => ({
  id,
  node,
  service: claim.service,
  spiffeId: claim.spiffeId,
  address: claim.address,
  port: claim.port,
  state,
  ...(reason === undefined ? {} : { reason }),
  labels: claim.labels,
  weight: claim.weight,
  ...(claim.locality === undefined ? {} : { locality: claim.locality }),
});

function memberView(member: Member): MemberView {
  const { name, state, incarnation, lastContactMs, roundTripMs, addresses } = member;
  return {
    name,
    state,
    incarnation,
    addresses,
    ...(lastContactMs === undefined ? {} : { lastContactMs: Math.round(lastContactMs) }),
    ...(roundTripMs === undefined ? {} : { roundTripMs: Number(roundTripMs.toFixed(3)) }),
  };
}

function showProposal({ proposals, votesOf }: AdminServiceParts, prefix: string): ProposalView {
  const facts = proposals.show(prefix);
  return { ...facts, votes: votesOf(facts.id) };
}

function createToken(
  parts: AdminServiceParts,
  request: {
    readonly lifeMs: number;
    readonly nodeName?: string | undefined;
    readonly locality?: string | undefined;
  },
) {
  const pin = meshPin(parts);
  const bound = {
    ...(request.nodeName === undefined ? {} : { nodeName: nodeNameOf(request.nodeName) }),
    ...(request.locality === undefined ? {} : { locality: localityOf(request.locality) }),
  };
  const { secret, expiresAt } = parts.tokens.create({ lifeMs: request.lifeMs, ...bound });
  const token = formatJoinToken({ ...pin, secret, expiresAt, ...bound });
  const joinAddress = pin.authorityAddress;
  return { token, expiresAt: new Date(expiresAt).toISOString(), joinAddress };
}

function createInvitation(parts: AdminServiceParts) {
  const pin = meshPin(parts);
  return { invitation: formatInvitation(pin), joinAddress: pin.authorityAddress };
}

/** What a host needs to know that it joins this mesh, here. */
function meshPin({ role, trust, joinAddress }: AdminServiceParts): MeshPin {
  const authority = role.nodeAuthority();
  if (authority === undefined) {
    throw new NodeError(
      'NOT_AN_AUTHORITY',
      'only an authority that may sign for nodes lets them join; this node is none',
    );
  }
  return {
    trustDomain: trust.current().trustDomain,
    rootSha256: rootSha256(trust.files()),
    authorityAddress: joinAddress(),
    authorityKeySha256: authority.keySha256,
  };
}

function localityOf(text: string): string {
  const locality = localitySchema.safeParse(text);
  if (locality.success) return locality.data;
  throw new NodeError('NAME_INVALID', `'${text}' is no locality: write <region>/<zone>`);
}

async function publish({ sync, gossip, registry }: AdminServiceParts, encoded: string) {
  const change = decodeChange(new Uint8Array(Buffer.from(encoded, 'base64')));
  if (!change.ok) throw new GovernanceError('CHANGE_REFUSED', change.error);
  const { version, rootVersion, digest } = await sync.publish(change.value);
  const own = registry.nodeViews().flatMap(({ name, state }) => (state === 'self' ? [name] : []));
  const nodes = [...own, ...gossip.peers().map(({ name }) => name)].toSorted();
  return { version, rootVersion, digest, nodes };
}

function explainCall({ engine, trust, clock }: AdminServiceParts, question: Explain) {
  const inForce = trust.current();
  const request = decisionRequestOf(question, inForce, clock.now());
  const problem = callerProblem(request.principal, inForce);
  const { hint, ...explanation } = explain(engine(), request);
  const places = (policies: readonly Policy[]) =>
    policies.map(({ id, file, line, since }) => ({
      id,
      file,
      line,
      ...(since === undefined ? {} : { since }),
    }));
  return {
    allowed: explanation.allowed,
    asked: {
      principal: request.principal,
      action: actionOf(request),
      resource: request.resource,
      context: contextLines(request),
    },
    deciding: places(explanation.deciding),
    audit: places(explanation.audit),
    near: places(explanation.near),
    errors: explanation.errors,
    ...(problem === undefined ? {} : { callerProblem: problem }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function nodeNameOf(text: string): NodeName {
  const node = parseNodeName(text);
  if (node.ok) return node.value;
  throw new NodeError('NAME_INVALID', node.error);
}

import { type ChangeFeed, createAdminApp } from '../admin/index.ts';
import type { ServiceKey } from '../core/index.ts';
import type { History } from '../governance/index.ts';
import { TokenBook } from '../identity/index.ts';
import {
  cedarWasm,
  realClock,
  realRandom,
  residentBytes,
  returnMemory,
  serveUnixHttp,
  threadProcessorMs,
} from '../platform/index.ts';
import { loadCedar } from '../policy/index.ts';
import type { Log } from '../ports/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { type AdminServiceParts, createAdminService } from './admin-service.ts';
import { AuthorityDates } from './authority-dates.ts';
import { ClockWatch } from './clock-watch.ts';
import { type DataDirectory, dataPaths } from './data-directory.ts';
import { DecisionWindow } from './decision-window.ts';
import type { Enforcement } from './enforcement.ts';
import { Freshness } from './freshness.ts';
import { IdentityCountdown } from './identity-countdown.ts';
import { JoinDesk } from './join-desk.ts';
import { KeptProgram } from './kept-program.ts';
import type { KeySuccession } from './key-succession.ts';
import { knownPeer } from './known-peers.ts';
import { listenAs } from './listening.ts';
import { returnMemoryNowAndThen } from './memory-returns.ts';
import { memberOf } from './met-members.ts';
import { startNames } from './names-plane.ts';
import { serveObservability } from './observability.ts';
import type { NodeConfig } from './options.ts';
import type { PeerPlane } from './peer-plane.ts';
import { PolicyReading } from './policy-reading.ts';
import type { ProposalPlane } from './proposal-plane.ts';
import { RevocationDesk } from './revocation-desk.ts';
import { RoleDates } from './role-dates.ts';
import { RolloutWatch } from './rollout-watch.ts';
import { OWNERS_SOCKET } from './socket-modes.ts';
import { StatusReport, type StatusReportParts } from './status-report.ts';
import { nextKeys, startSuccession } from './succession-plane.ts';
import type { TokenPlane } from './token-plane.ts';
import { TrustHistory } from './trust-history.ts';
import type { UndoStack } from './undo-stack.ts';
import { startVotes } from './vote-plane.ts';
import type { WatchedState } from './watched-state.ts';
import { WorkloadApiPlane } from './workload-api-plane.ts';
import { startWorkloads } from './workload-plane.ts';
import type { WorkloadServer } from './workload-server.ts';
import { WorkloadTokens } from './workload-tokens.ts';

/** Those that a node serves on its own host: sidecars, commands, scrapers, and nodes that join. */
export interface LocalPlane {
  /** Tells the sidecars what is other for them than before. */
  refreshWorkloads(): void;
  /** The same, when nothing is but the endpoints of these services. */
  followEndpoints(services: ReadonlySet<ServiceKey>): void;
  followTrust(): void;
  /** Nodes, or what is known of them, are others than before. */
  followNodes(): void;
  /** Whether what is in force counts as fresh. */
  readonly freshness: Freshness;
  /** What this node and its sidecars decide by. */
  readonly enforcement: Enforcement;
  /** When this node, as an authority, goes over to its next keys. */
  readonly succession: KeySuccession;
}

export interface LocalPlaneParts {
  readonly config: NodeConfig;
  readonly directory: DataDirectory;
  readonly peers: PeerPlane;
  readonly tokenPlane: TokenPlane;
  readonly proposals: ProposalPlane;
  readonly history: History;
  readonly state: WatchedState;
  readonly feed: ChangeFeed;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly undo: UndoStack;
}

export async function startLocalPlane(parts: LocalPlaneParts): Promise<LocalPlane> {
  const { config, directory, peers, metrics, log, undo } = parts;
  const { meter } = metrics;
  const policies = startReading(parts);
  const freshness = new Freshness({ trust: peers.trust, clock: realClock, meter });
  undo.add(() => freshness.stop());
  const window = new DecisionWindow(realClock, meter, () => policies.program);
  undo.add(() => window.stop());
  const shown = { policies, freshness, window };
  const { workloads, names, enforcement } = await startWorkloads({ ...parts, ...shown });
  freshness.onChange(() => workloads.refresh());
  policies.onReadLate(() => {
    workloads.refresh();
    enforcement.follow();
  });
  const dns = await startNames({ config, names, log, meter, undo });
  const { status, countdown } = openStatus(parts, { ...shown, workloads, names, dns });
  const tokens = new TokenBook(directory.store, realClock, realRandom);
  const desk = await openJoinDesk(parts, tokens);
  const history = openHistory(parts);
  const rollout = new RolloutWatch({ ...peers, history, meter });
  const arrived = () => rollout.view(undefined);
  const succession = startSuccession({ ...peers, rollout: arrived }, desk, log, undo);
  const { node } = directory.identity;
  const votesOf = startVotes({
    ...parts,
    ...shown,
    ...peers,
    node,
    clock: realClock,
    random: realRandom,
  });
  await openAdmin(parts, {
    status,
    history,
    rollout: rollout.view,
    tokens,
    workloads,
    votesOf,
    engine: () => policies.engine(),
    joinAddress: () => `${config.listen}:${desk.port ?? config.joinPort}`,
  });
  await openMetrics(parts, workloads);
  const workloadApi = await openWorkloadApi(parts, workloads);
  return {
    enforcement,
    freshness,
    succession,
    followNodes() {
      rollout.follow();
      succession.follow();
      countdown.follow();
    },
    refreshWorkloads() {
      workloads.refresh();
      countdown.follow();
    },
    followEndpoints: (services) => workloads.followEndpoints(services),
    followTrust() {
      policies.follow(peers.trust.current());
      workloads.refresh();
      workloadApi.follow();
      enforcement.follow();
      rollout.follow();
      succession.follow();
      desk.follow().catch((error: unknown) => log.error('join port not opened', { error }));
    },
  };
}

/** What of the admin API this plane has made itself. */
type Administered = Pick<
  AdminServiceParts,
  'status' | 'history' | 'rollout' | 'tokens' | 'workloads' | 'votesOf' | 'engine' | 'joinAddress'
>;

async function openAdmin(parts: LocalPlaneParts, own: Administered): Promise<void> {
  const { config, directory, peers, proposals, feed, log, undo } = parts;
  const service = createAdminService({
    ...peers,
    ...own,
    revocation: openRevocationDesk(parts),
    nextKeys: () => nextKeys(directory),
    feed,
    sync: peers.trustSync,
    proposals: proposals.desk,
    clock: realClock,
    log,
  });
  const { adminSocket } = dataPaths(config.dataDir);
  const app = createAdminApp(service, log);
  const server = await serveUnixHttp(adminSocket, OWNERS_SOCKET, app.fetch);
  undo.add(() => server.stop());
}

function openRevocationDesk({ directory, peers, log, undo }: LocalPlaneParts): RevocationDesk {
  const { node } = directory.identity;
  const desk = new RevocationDesk({ ...peers, node, clock: realClock, log });
  undo.add(() => desk.stop());
  return desk;
}

function startReading({ directory, peers, metrics, log, undo }: LocalPlaneParts): PolicyReading {
  const { meter } = metrics;
  const kept = new KeptProgram(directory.store.space('policies'), log);
  const clock = realClock;
  const policies = new PolicyReading({
    cedar: loadCedar(cedarWasm()),
    kept,
    clock,
    log,
    meter,
    processorMs: threadProcessorMs,
  });
  undo.add(() => policies.stop());
  policies.follow(peers.trust.current());
  const letGo = () => policies.letGo();
  const returns = returnMemoryNowAndThen({
    clock,
    letGo,
    residentBytes,
    returnMemory,
    processorMs: threadProcessorMs,
  });
  undo.add(() => returns.cancel());
  return policies;
}

function openStatus(
  { directory, state, peers, metrics, log, undo }: LocalPlaneParts,
  seen: Pick<StatusReportParts, 'policies' | 'freshness' | 'workloads' | 'names' | 'dns'>,
): { readonly status: StatusReport; readonly countdown: IdentityCountdown } {
  const host = { ...peers, ...seen, state, clock: realClock, meter: metrics.meter };
  const dates = new RoleDates(host);
  peers.trust.onChange(dates.follow);
  const authorityDates = new AuthorityDates({ ...host, log });
  peers.trust.onChange(authorityDates.follow);
  undo.add(() => authorityDates.stop());
  const watch = new ClockWatch({ ...host, log });
  undo.add(() => watch.stop());
  const countdown = new IdentityCountdown(host);
  peers.trust.onChange(countdown.follow);
  peers.membership.onChange(countdown.follow);
  const told = { dates, authorityDates, countdown };
  return { countdown, status: new StatusReport({ ...host, ...told, directory }) };
}

async function openMetrics(parts: LocalPlaneParts, workloads: WorkloadServer): Promise<void> {
  const { config, peers, metrics, log, undo } = parts;
  const observability = await listenAs('metricsPort', () =>
    serveObservability({
      host: config.metricsHost,
      port: config.metricsPort,
      metrics,
      workloads,
      problems: () => readinessProblems(peers),
      clock: realClock,
      log,
    }),
  );
  log.info('metrics port open', { address: config.metricsHost, port: observability.port });
  undo.add(() => observability.stop());
}

/** For programs that hold their identity themselves. */
async function openWorkloadApi(
  { config, directory, peers, tokenPlane, metrics, log, undo }: LocalPlaneParts,
  workloads: WorkloadServer,
): Promise<WorkloadApiPlane> {
  const { trust, role, issuance } = peers;
  const plane = new WorkloadApiPlane({
    clock: realClock,
    random: realRandom,
    log,
    meter: metrics.meter,
    issuance,
    path: dataPaths(config.dataDir).spiffeSocket,
    node: directory.identity.node,
    trust: () => trust.current(),
    bundle: () => role.bundle(),
    attest: (fd) => workloads.attest(fd),
    tokens: new WorkloadTokens(tokenPlane, realClock),
  });
  await plane.start();
  undo.add(() => plane.stop());
  return plane;
}

/** What came into force while nobody kept it, as before an upgrade, is found at the start. */
function openHistory({ history, peers, proposals }: LocalPlaneParts): TrustHistory {
  const { trust, membership } = peers;
  const others = () =>
    membership.members().flatMap(({ name, state }) => (state === 'alive' ? [name] : []));
  const told = new TrustHistory({
    history,
    trust,
    others,
    clock: realClock,
    reasonOf: (versions) => proposals.reasonOf(versions),
  });
  told.follow();
  trust.onAdopted(told.follow);
  return told;
}

async function openJoinDesk(parts: LocalPlaneParts, tokens: TokenBook): Promise<JoinDesk> {
  const { config, directory, peers, metrics, log, undo } = parts;
  const desk = new JoinDesk({
    ...peers,
    host: config.listen,
    port: config.joinPort,
    identity: directory.identity,
    tokens,
    members: () => [...peers.registry.nodes()].map((node) => knownPeer(memberOf(node))),
    clock: realClock,
    random: realRandom,
    log,
    meter: metrics.meter,
  });
  await listenAs('joinPort', () => desk.follow());
  undo.add(() => desk.close());
  return desk;
}

function readinessProblems({ role, gossip, credentials }: PeerPlane): readonly string[] {
  const now = realClock.now();
  const reachesAuthority = role.authority() !== undefined || gossip.peers().length > 0;
  return [
    ...(credentials.credential.expiresAt > now ? [] : ['the membership credential has ended']),
    ...(reachesAuthority ? [] : ['no other member is connected, and this node is no authority']),
  ];
}

import type { ChangeFeed } from '../admin/index.ts';
import { hostProcess, isProcessAlive, realClock } from '../platform/index.ts';
import type { Log } from '../ports/index.ts';
import { parseLoopbackRange } from '../registry/index.ts';
import { buildSnapshot, ServiceViews } from '../snapshot/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import { type DataDirectory, dataPaths } from './data-directory.ts';
import type { DecisionWindow } from './decision-window.ts';
import { EndpointRecords, ORPHAN_GRACE_MS } from './endpoint-records.ts';
import { Enforcement } from './enforcement.ts';
import type { Freshness } from './freshness.ts';
import { localityOf } from './locality.ts';
import { MissingSidecars } from './missing-sidecars.ts';
import type { NodeConfig } from './options.ts';
import type { PeerPlane } from './peer-plane.ts';
import type { PolicyReading } from './policy-reading.ts';
import { ServiceNames } from './service-names.ts';
import type { SessionHost } from './session-host.ts';
import type { TokenPlane } from './token-plane.ts';
import type { UndoStack } from './undo-stack.ts';
import { WorkloadServer } from './workload-server.ts';

export interface WorkloadPlaneParts {
  readonly config: NodeConfig;
  readonly directory: DataDirectory;
  readonly peers: PeerPlane;
  readonly tokenPlane: TokenPlane;
  readonly feed: ChangeFeed;
  readonly policies: PolicyReading;
  readonly freshness: Freshness;
  readonly window: DecisionWindow;
  readonly log: Log;
  readonly undo: UndoStack;
}

/** The sidecars of this node's workloads, the names that they call by, and what all of them enforce. */
export interface WorkloadPlane {
  readonly workloads: WorkloadServer;
  readonly names: ServiceNames;
  readonly enforcement: Enforcement;
}

export async function startWorkloads(parts: WorkloadPlaneParts): Promise<WorkloadPlane> {
  const { config, directory, peers, tokenPlane, feed, policies, log, undo } = parts;
  const { node } = directory.identity;
  const { trust, registry } = peers;
  const endpoints = new EndpointRecords({ ...peers, node, log });
  const names: ServiceNames = new ServiceNames({
    trust: () => trust.current(),
    range: namesRange(config),
    sessions: () => workloads.sessions,
    clock: realClock,
    limitedLog: new LimitedLog(log, realClock),
  });
  const workloads: WorkloadServer = new WorkloadServer({
    path: dataPaths(config.dataDir).workloadSocket,
    clock: realClock,
    log,
    host: {
      ...whatSidecarsGet(parts),
      announce: endpoints.announce,
      withdraw: endpoints.withdraw,
      addressesOf: (workload, named) => names.addressesOf(workload, named),
      left: (workload) => names.release(workload),
      changed() {
        feed.notify('workloads');
        enforcement.follow();
      },
      enforced: () => enforcement.follow(),
      log,
    },
  });
  const missing = new MissingSidecars({
    clock: realClock,
    isProcessAlive,
    changed: () => enforcement.follow(),
  });
  undo.add(() => missing.stop());
  const enforcement = new Enforcement({
    trust: () => trust.current(),
    sessions: () => missing.among(workloads.sessions),
    hasOrphans: () => endpoints.hasOrphans,
    policyProblem: () => policies.problem,
    saidBefore: registry.node(node)?.claim.enforces,
    clock: realClock,
  });
  undo.add(() => enforcement.stop());
  tokenPlane.onChange(() => workloads.refresh());
  await workloads.start();
  undo.add(() => workloads.stop());
  const orphans = realClock.every(ORPHAN_GRACE_MS, () => {
    endpoints.withdrawOrphans(); // again and again: the disk may have been full
    enforcement.follow();
  });
  undo.add(() => orphans.cancel());
  return { workloads, names, enforcement };
}

/** Identities, policies and snapshots; and where what sidecars say of calls goes. */
function whatSidecarsGet({
  config,
  directory,
  peers,
  tokenPlane,
  policies,
  freshness,
  window,
}: WorkloadPlaneParts) {
  const { node } = directory.identity;
  const { trust, registry, issuance } = peers;
  const locality = localityOf(config, directory.identity);
  const views = new ServiceViews();
  return {
    trust: () => trust.current(),
    node,
    nodeUid: hostProcess().uid,
    inboundAddress: config.listen,
    ...locality,
    issue: (spiffeId, csrDer, attestedAtMs) => issuance.svid(spiffeId, csrDer, attestedAtMs),
    policies: () => policies.program,
    isRevoked: (spiffeId, attestedAtMs) =>
      peers.role.bundle().revocations.earliestFor(spiffeId, node) > attestedAtMs,
    snapshotFor: (needs, policyDigest) =>
      buildSnapshot({
        trust: trust.current(),
        node,
        policyDigest,
        ...locality,
        revocations: peers.role.bundle().revocations,
        authentications: tokenPlane.authentications,
        ...denialsOf(freshness),
        offered: (service) => registry.offered(service),
        views,
        for: needs,
      }),
    decided: (by, decisions) => window.add(by, decisions),
    decisionsLost: () => window.lost(),
    unknownKey: () => tokenPlane.lookAgain(),
  } satisfies Partial<SessionHost>;
}

function namesRange({ dnsRange }: NodeConfig) {
  const range = parseLoopbackRange(dnsRange);
  if (!range.ok) throw new Error(range.error); // the setting's schema has refused it before
  return range.value;
}

const denialsOf = ({ denyFromMs }: Freshness) => (denyFromMs === undefined ? {} : { denyFromMs });

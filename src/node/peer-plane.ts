import { describeDuration, type NodeName, type SpiffeId } from '../core/index.ts';
import { privateKeySeed } from '../crypto/index.ts';
import { signerOf, TrustStore, TrustSync } from '../governance/index.ts';
import { type MemberState, Membership, memberSeals, PROFILES } from '../membership/index.ts';
import {
  bunDatagrams,
  realClock,
  realRandom,
  scratchDirs,
  startGossip,
} from '../platform/index.ts';
import type { Gossip, Log, Meter } from '../ports/index.ts';
import { NODE_KEY, NODE_KIND, type Registry } from '../registry/index.ts';
import { RecordStore, RecordSync, recordId, verifyRecordSignature } from '../replication/index.ts';
import { AdmittedMembers } from './admitted-members.ts';
import { AuthorityRole } from './authority-role.ts';
import { CredentialKeeper } from './credential-keeper.ts';
import type { DataDirectory } from './data-directory.ts';
import { NodeError } from './errors.ts';
import { Issuance } from './issuance.ts';
import { IssuanceDesk } from './issuance-desk.ts';
import { IssuancePermission } from './issuance-permission.ts';
import { listenAs } from './listening.ts';
import { openRegistry } from './node-registry.ts';
import type { NodeConfig } from './options.ts';
import { RevocationsInForce } from './revocations-in-force.ts';
import type { UndoStack } from './undo-stack.ts';

/** All that a node shares with the other members, running. */
export interface PeerPlane {
  readonly trust: TrustStore;
  readonly role: AuthorityRole;
  readonly credentials: CredentialKeeper;
  readonly gossip: Gossip;
  readonly records: RecordStore;
  readonly recordSync: RecordSync;
  readonly trustSync: TrustSync;
  readonly membership: Membership;
  readonly issuance: Issuance;
  /** What the other members may have of this node as an authority. */
  readonly permission: IssuancePermission;
  readonly registry: Registry;
  readonly revocations: RevocationsInForce;
  /** Ends the connections to those who are no longer members. */
  readonly dismiss: () => void;
  /** Begins to ask and to dial; call it when whoever follows what comes in listens. */
  readonly start: () => void;
}

/** How often peers are asked for whether they are members still: credentials end by the clock. */
const DISMISSAL_PERIOD_MS = 60_000;

interface PeerPlaneParts {
  readonly config: NodeConfig;
  readonly directory: DataDirectory;
  readonly log: Log;
  readonly meter: Meter;
  readonly undo: UndoStack;
  /** The node must not go on. */
  readonly fail: (error: Error) => void;
}

/** Loads what is in force and what is known, and opens the port for the other members. */
export async function startPeerPlane(parts: PeerPlaneParts): Promise<PeerPlane> {
  const { directory, log, meter, undo } = parts;
  const { store, identity, keys } = directory;
  const host = { clock: realClock, random: realRandom, log, meter };
  const trust = new TrustStore(store);
  trust.load();
  const clockProblem = (): string | undefined => records.ownClockProblem();
  const role = new AuthorityRole({ ...host, directory, trust, clockProblem });
  const credentials = openCredentials(parts, trust, role);
  const records = new RecordStore({
    ...host,
    store,
    writer: credentials.writer(),
    check: {
      verifyWriter: credentials.verifyWriter,
      verifySignature: verifyRecordSignature,
    },
    clockOffsetMs: () => membership.clockOffsetMs(),
  });
  const admitted = new AdmittedMembers({
    ...host,
    bundle: () => role.bundle(),
    epochOf: (node) => records.epochOf(node),
    recordOf: (node) => records.bytesOf(recordId(node, NODE_KIND, NODE_KEY)),
  });
  const gossip = await openGossip({ ...parts, credentials, records, admitted });
  undo.add(() => gossip.stop());
  const membership = openMembership({ ...parts, gossip, records, credentials });
  undo.add(() => membership.leave());
  const stateOf = (node: NodeName): MemberState => membership.stateOf(node) ?? 'alive';
  const registry = openRegistry({ ...host, trust, records, self: identity.node, stateOf });
  undo.add(() => registry.stop());
  const known = { ...parts, ...host, node: identity.node, trust, records, role, credentials };
  const revocations = new RevocationsInForce(known);
  const trustSync = new TrustSync({
    ...host,
    node: identity.node,
    gossip,
    members: membership.visits,
    store: trust,
    scratch: scratchDirs(),
    online: signerOf(keys.online),
  });
  const { issuance, permission } = openIssuance(
    { ...parts, gossip, membership, trust, role },
    admitted,
  );
  const recordSync = new RecordSync({ ...host, records, gossip });
  undo.add(() => {
    trustSync.stop();
    recordSync.stop();
    revocations.stop();
  });
  const dismiss = () => admitted.dismiss(gossip);
  const rounds = realClock.every(DISMISSAL_PERIOD_MS, dismiss);
  undo.add(() => rounds.cancel());
  return {
    trust,
    role,
    credentials,
    gossip,
    records,
    recordSync,
    trustSync,
    membership,
    issuance,
    permission,
    registry,
    revocations,
    dismiss,
    start() {
      trustSync.start();
      recordSync.start();
      membership.start();
    },
  };
}

function openCredentials(
  { directory, log }: PeerPlaneParts,
  trust: TrustStore,
  role: AuthorityRole,
): CredentialKeeper {
  const { identity } = directory;
  return new CredentialKeeper({
    clock: realClock,
    random: realRandom,
    log,
    directory,
    bundle: () => role.bundle(),
    signers: () => role.signers(),
    issueOwn: (publicKey) =>
      role.nodeAuthority()?.issueCredential({
        ...identity,
        publicKey,
        earliestMs: role.bundle().revocations.earliestForNode(identity.node),
        lifeMs: trust.current().settings.credentialLifeMs,
      }).credential,
  });
}

/** Takes the port for connections. */
async function openGossip({
  config,
  directory,
  log,
  meter,
  credentials,
  records,
  admitted,
}: PeerPlaneParts &
  Pick<PeerPlane, 'records' | 'credentials'> & { admitted: AdmittedMembers }): Promise<Gossip> {
  return await listenAs('peersPort', () =>
    startGossip({
      clock: realClock,
      log,
      meter,
      seed: privateKeySeed(directory.keys.node),
      listen: [`/ip4/${config.listen}/tcp/${config.peersPort}`],
      admission: {
        credential: () => credentials.bytes,
        admit: admitted.admit,
        told: (proof) => void records.accept(proof, 'a host that refuses'),
      },
    }),
  );
}

/** Takes the port for datagrams: the number of that for connections, where it is free. */
function openMembership({
  config,
  directory,
  log,
  meter,
  gossip,
  records,
  credentials,
  fail,
}: PeerPlaneParts & Pick<PeerPlane, 'gossip' | 'records' | 'credentials'>): Membership {
  const { identity, keys } = directory;
  const port = Number(/\/tcp\/(\d+)/.exec(gossip.addresses()[0] ?? '')?.[1] ?? 0);
  return new Membership({
    clock: realClock,
    random: realRandom,
    log,
    meter,
    gossip,
    datagrams: bunDatagrams,
    seals: memberSeals(keys.node),
    self: {
      name: identity.node,
      publicKey: credentials.publicKey,
      epoch: credentials.credential.epoch,
    },
    listen: { host: config.listen, port },
    profile: PROFILES[config.membershipProfile],
    starts: records,
    displaced: ({ address, runningMs }) =>
      fail(
        new NodeError(
          'KEY_IN_USE_ELSEWHERE',
          `${address.host}:${address.port} has run with the key of ${identity.node} for ${describeDuration(runningMs)}, longer than this one`,
        ),
      ),
  });
}

/** What is signed for workloads: asked of authorities, and answered to those who take this node for one. */
function openIssuance(
  {
    directory,
    log,
    meter,
    gossip,
    membership,
    trust,
    role,
  }: PeerPlaneParts & Pick<PeerPlane, 'gossip' | 'membership' | 'trust' | 'role'>,
  admitted: AdmittedMembers,
): Pick<PeerPlane, 'issuance' | 'permission'> {
  const parts = {
    clock: realClock,
    random: realRandom,
    log,
    meter,
    node: directory.identity.node,
    gossip,
    members: membership.visits,
    trust: () => trust.current(),
    bundle: () => role.bundle(),
    issuer: (id: SpiffeId) => role.issuer(id),
  };
  const permission = new IssuancePermission({
    ...parts,
    membershipOf: (peer) => admitted.membershipOf(peer),
  });
  new IssuanceDesk({ ...parts, permission });
  return { issuance: new Issuance(parts), permission };
}

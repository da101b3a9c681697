import { ChangeFeed } from '../admin/index.ts';
import { PROGRAM_VERSION } from '../core/index.ts';
import { History } from '../governance/index.ts';
import {
  announceNode,
  hostProcess,
  onUnhandledRejection,
  processTerminal,
  realClock,
  realRandom,
} from '../platform/index.ts';
import type { Log, Meter } from '../ports/index.ts';
import { createLog, createMetrics } from '../telemetry/index.ts';
import type { RenewCredential } from './credential-keeper.ts';
import { type DataDirectory, dataPaths } from './data-directory.ts';
import { followTrust } from './follow-trust.ts';
import { authorityTarget } from './init-node.ts';
import { type LocalPlaneParts, startLocalPlane } from './local-plane.ts';
import { MetMembers } from './met-members.ts';
import { NodeEnd, type RunningNode } from './node-end.ts';
import type { NodeConfig } from './options.ts';
import { OwnName } from './own-name.ts';
import { type PeerPlane, startPeerPlane } from './peer-plane.ts';
import { ProposalPlane } from './proposal-plane.ts';
import { SelfRecord } from './self-record.ts';
import { startTokens } from './start-tokens.ts';
import { freshenCertificates } from './succession-plane.ts';
import { UndoStack } from './undo-stack.ts';
import { WatchedState } from './watched-state.ts';

/** Puts the rooms together, in order: what is in force, the other members, then whom it serves here. */
export async function assembleNode(
  config: NodeConfig,
  opened: DataDirectory,
): Promise<RunningNode> {
  const { node, trustDomain } = opened.identity;
  const destination = { write: processTerminal().writeError };
  const log = createLog({ level: config.logLevel, name: 'node', destination }).child({ node });
  onUnhandledRejection((error) => log.error('a failure that nobody waited for', { error }));
  const metrics = createMetrics();
  const { meter } = metrics;
  const state = new WatchedState({ ...opened, clock: realClock, log, meter });
  const directory = { ...opened, store: state };
  const undo = new UndoStack(log);
  undo.add(() => state.close());
  const end = new NodeEnd(undo, log);
  const fail = (error: Error) => end.fail(error);
  try {
    const feed = new ChangeFeed();
    const peers = await startPeerPlane({ config, directory, log, meter, undo, fail });
    const history = new History(directory.store);
    const shared = { config, directory, state, log, peers, history };
    const proposals = startProposals({ ...shared, meter, undo, feed });
    const tokenPlane = await startTokens({ ...shared, meter, undo });
    const local = await startLocalPlane({ ...shared, tokenPlane, proposals, metrics, undo, feed });
    const self = new SelfRecord({ ...shared, ...local, clock: realClock });
    local.enforcement.onChange(() => self.saySoon());
    local.freshness.onChange(() => self.saySoon());
    local.succession.onSuccession(() => self.say());
    const { epoch } = peers.credentials.credential;
    const own = new OwnName({ ...peers, node, epoch, fail });
    peers.records.onChange((changes) => own.follow(changes));
    await own.check();
    if (end.failure !== undefined) throw end.failure;
    const met = new MetMembers({ ...peers, store: directory.store });
    peers.registry.onChange(({ nodes }) => nodes.size > 0 && met.follow(nodes));
    peers.registry.onChange(({ services }) => local.followEndpoints(services));
    peers.registry.onChange(({ nodes, services }) => {
      if (nodes.size > 0) {
        local.followNodes();
        feed.notify('nodes');
      }
      if (services.size === 0) return;
      feed.notify('services');
      feed.notify('endpoints');
    });
    followTrust(peers, log, [() => local.followTrust(), () => feed.notify('trust')]);
    peers.membership.onChange((names) => {
      for (const name of names) peers.registry.memberChanged(name);
      feed.notify('members');
    });
    peers.records.onEvidence(() => feed.notify('evidence'));
    peers.start();
    const freshen = () => freshenCertificates(directory, peers.trust.current());
    freshen();
    renewCredentials(peers, directory, () => {
      freshen();
      self.say();
      local.refreshWorkloads();
      feed.notify('nodes');
    });
    undo.add(() => peers.credentials.stop());
    met.meet();
    void beginToSpeak(peers, own, log, () => {
      if (end.failure !== undefined) return;
      self.say();
      local.refreshWorkloads();
    });
    undo.add(() => {
      if (end.failure === undefined) self.leave(); // else the name is another's, or nothing can be said
    });
    const { adminSocket } = dataPaths(config.dataDir);
    undo.add(announceNode({ trustDomain, node, pid: hostProcess().pid, adminSocket }));
  } catch (error) {
    await undo.unwind();
    throw error;
  }
  log.info('node started', { trustDomain, version: PROGRAM_VERSION, listen: config.listen });
  return end;
}

function renewCredentials(
  { credentials, issuance, records }: PeerPlane,
  { identity }: DataDirectory,
  renewed: () => void,
): void {
  const { publicKey } = credentials;
  const renew: RenewCredential = (except) =>
    issuance.credential({ ...identity, publicKey }, except);
  credentials.start(renew, { renewed, outdated: () => records.restate() });
}

function startProposals({
  directory,
  peers,
  history: past,
  undo,
  ...rest
}: Pick<LocalPlaneParts, 'directory' | 'peers' | 'history' | 'log' | 'feed' | 'undo'> & {
  readonly meter: Meter;
}): ProposalPlane {
  const proposals = new ProposalPlane({
    ...rest,
    ...peers,
    past,
    clock: realClock,
    random: realRandom,
    node: directory.identity.node,
    onlineKey: authorityTarget(directory).onlineKey,
    sync: peers.trustSync,
    store: directory.store,
  });
  proposals.start();
  undo.add(() => proposals.stop());
  return proposals;
}

/** A node that was stopped before it might say anything says nothing. */
async function beginToSpeak(
  { recordSync, membership }: PeerPlane,
  own: OwnName,
  log: Log,
  speak: () => void,
): Promise<void> {
  await recordSync.catchUp(own.node, membership.others);
  await own.check();
  try {
    if (recordSync.mayWrite) speak();
  } catch (error) {
    // A full disk, say: it is tried again at each change.
    log.error('the other members cannot be told of this node', { error });
  }
}

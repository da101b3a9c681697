import type { NodeName } from '../../core/index.ts';
import {
  encodeProposal,
  encodeTarget,
  encodeVerdict,
  History,
  type Proposal,
  type ProposalState,
  signProposal,
  signRejection,
  type TrustFiles,
  TrustStore,
  TrustSync,
  verifyTrust,
} from '../../governance/index.ts';
import {
  enacted,
  type Person,
  person,
  policy,
  proposed,
  signers,
  TestMesh,
} from '../../governance/testing/index.ts';
import { scratchDirs } from '../../platform/index.ts';
import type { Gossip } from '../../ports/index.ts';
import { FakeClock, GossipNetwork, seededRandom, visitsOver } from '../../ports/testing/index.ts';
import { RecordSync } from '../../replication/index.ts';
import { Member, TestAuthority } from '../../replication/testing/members.ts';
import { ProposalPlane } from '../proposal-plane.ts';
import { TrustHistory } from '../trust-history.ts';

const STEP_MS = 100;
const DEADLINE_MS = 45_000; // of real time, on a busy host

/** A node as far as proposals go: the real rooms for records, trust and proposals, over gossip in memory. */
export class ProposalNode {
  readonly name: NodeName;
  readonly member: Member;
  readonly trust: TrustStore;
  /** Of kinds whose change was told. */
  readonly told: string[] = [];
  gossip: Gossip;
  plane: ProposalPlane;
  readonly #mesh: ProposalMesh;
  #history: TrustHistory | undefined;
  readonly #undo: (() => void)[] = [];
  isRunning = false;

  private constructor(mesh: ProposalMesh, member: Member) {
    this.#mesh = mesh;
    this.member = member;
    this.name = member.name;
    this.trust = new TrustStore(member.disk);
    this.gossip = mesh.network.join(member.name);
    this.plane = this.#open();
    this.trust.onAdopted(() => this.#history?.follow());
  }

  static async of(mesh: ProposalMesh, name: string): Promise<ProposalNode> {
    const { clock, authority } = mesh;
    const member = new Member(name, { clock, authority });
    const trust = new TrustStore(member.disk);
    const verified = await verifyTrust({
      pinnedRootSha256: mesh.trust.pin,
      offered: { ...mesh.held, contents: [...mesh.held.contents.values()] },
      scratch: scratchDirs(),
      now: clock.now(),
    });
    if (!verified.ok) throw new Error(verified.error.detail);
    trust.adopt(verified.value);
    return new ProposalNode(mesh, member);
  }

  /** The process ends, and starts again from its disk, connected to nobody. */
  restart(): void {
    this.stop();
    this.member.restart();
    this.gossip = this.#mesh.network.join(this.name);
    this.plane = this.#open();
  }

  stop(): void {
    this.isRunning = false;
    for (const undo of this.#undo.splice(0)) undo();
    void this.gossip.stop();
  }

  propose(proposal: Proposal, ...people: readonly Person[]) {
    const approvals = people.map(({ signer }) =>
      encodeVerdict(signProposal(this.#mesh.held, proposal, signer)),
    );
    const body = Buffer.from(encodeProposal(proposal)).toString('base64');
    return this.plane.desk.propose(body, approvals);
  }

  approve(proposal: Proposal, { signer }: Person) {
    const approval = signProposal(this.#mesh.held, proposal, signer);
    return this.plane.desk.approve(encodeVerdict(approval));
  }

  reject(proposal: Proposal, { signer }: Person) {
    return this.plane.desk.reject(encodeVerdict(signRejection(signer, proposal.id, 'not now')));
  }

  stateOf({ id }: Proposal): ProposalState | undefined {
    return this.plane.desk.list().find((known) => known.id === id)?.state;
  }

  /** Who has signed, by name, as far as it knows. */
  signersOf({ id }: Proposal): readonly string[] {
    return this.plane.desk.show(id).parts.flatMap(({ signed }) => signed.map(({ name }) => name));
  }

  /** Has it fetched the body, so that it can say who is missing? */
  has({ id }: Proposal): boolean {
    return this.plane.open().some((open) => open.id === id);
  }

  #open(): ProposalPlane {
    const { clock, random, trust: mesh } = this.#mesh;
    const { member, name, gossip, trust } = this;
    const { log, meter, disk: store, records } = member;
    trust.load();
    const host = { clock, random, log, meter, gossip };
    const scratch = scratchDirs();
    const online = name === 'n1' ? { online: mesh.n1.online } : {};
    const members = visitsOver(gossip);
    const sync = new TrustSync({ ...host, node: name, members, store: trust, scratch, ...online });
    const recordSync = new RecordSync({ ...host, records });
    const onlineKey = name === 'n1' ? mesh.n1.online.publicKey : 'none';
    const past = new History(store);
    this.#history = new TrustHistory({ history: past, trust, clock, others: () => [] });
    this.#history.follow();
    const feed = { notify: (kind: string) => void this.told.push(kind) };
    const plane = new ProposalPlane({
      ...host,
      node: name,
      onlineKey,
      trust,
      past,
      sync,
      records,
      recordSync,
      store,
      feed,
    });
    plane.start();
    sync.start();
    recordSync.start();
    void recordSync.catchUp(name, 0);
    this.isRunning = true;
    this.#undo.push(
      () => plane.stop(),
      () => sync.stop(),
      () => recordSync.stop(),
    );
    return plane;
  }
}

/** Nodes n1 (the authority), n2, n3 that are all connected, and three governors, of whom two must sign. */
export class ProposalMesh {
  readonly clock = new FakeClock(Date.now());
  readonly random = seededRandom(44);
  readonly network = new GossipNetwork();
  readonly authority = new TestAuthority();
  readonly trust = new TestMesh();
  readonly bob = person('bob');
  readonly carol = person('carol');
  readonly dave = person('dave');
  readonly held: TrustFiles;
  readonly #nodes: ProposalNode[] = [];

  private constructor() {
    const { bob, carol, dave, trust } = this;
    const founder = person('governor', trust.governor);
    const governors = signers(2, bob, carol, dave);
    this.held = enacted(trust.founded, { governors }, [founder, bob, carol], trust.n1.online);
  }

  static async start(): Promise<ProposalMesh> {
    const mesh = new ProposalMesh();
    for (const name of ['n1', 'n2', 'n3']) mesh.#nodes.push(await ProposalNode.of(mesh, name));
    for (const node of mesh.#nodes) await mesh.connect(node);
    await mesh.until('all may speak', () => true);
    return mesh;
  }

  get nodes(): readonly ProposalNode[] {
    return this.#nodes;
  }

  node(name: string): ProposalNode {
    const found = this.#nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  async connect({ gossip }: ProposalNode): Promise<void> {
    for (const other of this.#nodes) {
      const isPeer = other.isRunning && other.gossip !== gossip;
      if (isPeer) await gossip.dial(other.gossip.self, []);
    }
  }

  /** A change to the rules of the whole mesh, drafted now, from what was in force at first unless other is said. */
  draft(name: string, reason = '', now = this.clock.now(), held = this.held): Proposal {
    const put = [encodeTarget(policy(name), this.trust.trustDomain)];
    return proposed(held, { put, reason, now });
  }

  /** Lets time pass until it is so. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const end = performance.now() + DEADLINE_MS;
    do {
      this.clock.advance(STEP_MS);
      await Bun.sleep(1); // files are written, and verified, in real time
      if (performance.now() > end) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    } while (!holds());
  }

  stop(): void {
    for (const node of this.#nodes) node.stop();
  }
}

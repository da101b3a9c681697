import {
  type KnownMember,
  Membership,
  type Profile,
  type Roster,
} from '../../src/membership/index.ts';
import type { Admission, Gossip } from '../../src/ports/index.ts';
import {
  NODE_KEY,
  NODE_KIND,
  type NodeClaim,
  type ProvenNode,
  Registry,
} from '../../src/registry/index.ts';
import { type LoadRecords, RecordStore, RecordSync } from '../../src/replication/index.ts';
import { SimGossip, type SimProcess } from '../world/index.ts';
import { MESH_PORT, selfClaim } from './first-records.ts';
import { type Identity, peerIdOf, RECORD_CONTEXT } from './identity.ts';
import type { MadeUpAuthority } from './made-up-authority.ts';
import { MADE_UP_TRUST } from './made-up-trust.ts';
import type { RememberedReading } from './remembered-reading.ts';
import type { Tally } from './tally.ts';

/** What the nodes of one mesh share because it is the same for all, and would cost too much for each. */
export interface MeshShares {
  readonly authority: MadeUpAuthority;
  readonly reading: RememberedReading;
  readonly roster: Roster;
  readonly tally: Tally;
  readonly profile: Profile;
}

/** What stands between a liar's rooms and its connections. */
export type Disguise = (gossip: Gossip, process: SimProcess) => Gossip;

export interface NodeLifeParts {
  readonly process: SimProcess;
  readonly identity: Identity;
  readonly shares: MeshShares;
  /** Members that it met before, whatever its records say. */
  readonly met: readonly KnownMember[];
  /** Given when its disk holds what all disks hold at first. */
  readonly load?: LoadRecords;
  readonly disguise?: Disguise;
}

/** One life of a node, from its start to its end: the rooms, wired as a node wires them. */
export class NodeLife {
  readonly records: RecordStore;
  readonly registry: Registry;
  readonly membership: Membership;
  readonly gossip: Gossip;
  readonly #sync: RecordSync;
  readonly #parts: NodeLifeParts;

  /** Opens the disk and the ports. Throws what a broken disk does. */
  constructor(parts: NodeLifeParts) {
    const { process, identity, shares } = parts;
    const { log, meter } = shares.tally;
    const host = { clock: process.clock, random: process.random, log, meter };
    this.#parts = parts;
    this.records = new RecordStore({
      ...host,
      ...{ store: process.store, writer: identity.writer, read: shares.reading.read },
      ...(parts.load === undefined ? {} : { load: parts.load }),
      check: {
        verifyWriter: (credential, publicKey) => shares.authority.verify(credential, publicKey),
        verifySignature: (publicKey, payload, signature) =>
          identity.seals.verify(RECORD_CONTEXT, publicKey, payload, signature),
      },
      clockOffsetMs: () => this.membership.clockOffsetMs(),
    });
    const gossip = new SimGossip(process, {
      ...{ id: identity.peerId, publicKey: identity.publicKey, port: MESH_PORT, log },
      admission: this.#admission(),
    });
    this.gossip = parts.disguise?.(gossip, process) ?? gossip;
    this.membership = new Membership({
      ...host,
      self: { name: identity.name, publicKey: identity.publicKey, epoch: identity.facts.epoch },
      listen: process.host.at(MESH_PORT),
      ...{ profile: shares.profile, roster: shares.roster, seals: identity.seals },
      ...{ datagrams: process.datagrams, gossip: this.gossip },
      boot: () => this.records.boot,
      rivalled: (boot) => this.records.outlive(boot),
    });
    this.registry = new Registry({
      ...host,
      ...{ self: identity.name, trust: MADE_UP_TRUST, peerIdOf },
      stateOf: (name) => this.membership.stateOf(name) ?? 'alive',
    });
    this.#sync = new RecordSync({ ...host, records: this.records, gossip: this.gossip });
  }

  /** Takes part, and says where it is. */
  start(): void {
    const { shares, met, identity, process } = this.#parts;
    const { records, registry, membership } = this;
    membership.learn(met);
    membership.onChange((names) => {
      for (const name of names) registry.memberChanged(name);
    });
    registry.onChange(({ nodes }) => {
      membership.learn([...nodes].flatMap((name) => knownMembers(registry.node(name))));
    });
    registry.follow({
      own: (kind, owner) => records.own(kind, shares.reading.owner(kind, owner)),
    });
    this.#sync.start();
    membership.start();
    records.put(NODE_KIND, NODE_KEY, selfClaim(identity.name, process.host.address));
  }

  /** Tells the others that it goes, and goes. */
  async leave(): Promise<void> {
    this.#sync.stop();
    await this.membership.leave();
    await this.gossip.stop();
    this.registry.stop();
  }

  /** By credential; and a name that a newer key has is nobody else's any more. */
  #admission(): Admission {
    const { shares, identity } = this.#parts;
    return {
      credential: () => identity.credential,
      admit: (publicKey, credential) => {
        const facts = shares.authority.verify(credential, publicKey);
        if (!facts.ok) return { admitted: false, reason: facts.error };
        const { node, epoch } = facts.value;
        return epoch < (this.records.epochOf(node) ?? epoch)
          ? { admitted: false, reason: 'superseded' }
          : { admitted: true, name: node };
      },
    };
  }
}

/** The same object for the same claim, wherever it is met: what membership makes of it is made once. */
const members = new WeakMap<NodeClaim, KnownMember>();

function knownMembers(node: ProvenNode | undefined): readonly KnownMember[] {
  if (node === undefined) return [];
  const { name, peerId, publicKey, epoch, claim } = node;
  const known = members.get(claim);
  if (known !== undefined && known.epoch === epoch && known.peerId === peerId) return [known];
  const member = { name, peerId, publicKey, epoch, addresses: claim.addresses };
  members.set(claim, member);
  return [member];
}

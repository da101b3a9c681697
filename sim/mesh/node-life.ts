import {
  type KnownMember,
  Membership,
  type Profile,
  type Roster,
} from '../../src/membership/index.ts';
import type { Admission, Datagrams, Gossip } from '../../src/ports/index.ts';
import { NODE_KEY, NODE_KIND, Registry } from '../../src/registry/index.ts';
import {
  type LoadRecords,
  RecordStore,
  RecordSync,
  type WriterCheck,
} from '../../src/replication/index.ts';
import { SimGossip, type SimProcess } from '../world/index.ts';
import { MESH_PORT, selfClaim } from './first-records.ts';
import { type Identity, peerIdOf } from './identity.ts';
import type { MadeUpAuthority } from './made-up-authority.ts';
import { MADE_UP_TRUST } from './made-up-trust.ts';
import { meetMembers, membersIn } from './met-members.ts';
import type { RememberedPlaces } from './remembered-places.ts';
import type { RememberedReading } from './remembered-reading.ts';
import type { Tally } from './tally.ts';

/** What the nodes of one mesh share because it is the same for all, and would cost too much for each. */
export interface MeshShares {
  readonly authority: MadeUpAuthority;
  readonly check: WriterCheck;
  readonly reading: RememberedReading;
  readonly places: RememberedPlaces;
  readonly roster: Roster;
  readonly tally: Tally;
  readonly profile: Profile;
}

/** What stands between a liar's rooms and the others, in one life of it. */
export interface Disguise {
  gossip(inner: Gossip, life: SimProcess): Gossip;
  datagrams(inner: SimProcess['datagrams'], life: SimProcess): Pick<Datagrams, 'bind'>;
}

export interface NodeLifeParts {
  /** The ports that it lives by. */
  readonly life: SimProcess;
  readonly identity: Identity;
  readonly shares: MeshShares;
  /** Members that it met before, whatever its records say. */
  readonly met: readonly KnownMember[];
  readonly hasRegistry: boolean;
  /** Given when its disk holds what all disks hold at first. */
  readonly load?: LoadRecords;
  readonly disguise?: Disguise;
}

/** One life of a node, from its start to its end: the rooms, wired as a node wires them. */
export class NodeLife {
  readonly records: RecordStore;
  /** Of every tenth node or so: what it shows is a function of records and membership, and it costs as much as they. */
  readonly registry: Registry | undefined;
  readonly membership: Membership;
  readonly gossip: Gossip;
  readonly #sync: RecordSync;
  readonly #parts: NodeLifeParts;
  #isReady = false;

  /** Opens the disk and the ports. Throws what a broken disk does. */
  constructor(parts: NodeLifeParts) {
    const { life, identity, shares } = parts;
    const { log, meter } = shares.tally;
    const host = { clock: life.clock, random: life.random, log, meter };
    this.#parts = parts;
    this.records = new RecordStore({
      ...host,
      store: life.store,
      writer: identity.writer,
      read: shares.reading.read,
      place: shares.places.place,
      ...(parts.load === undefined ? {} : { load: parts.load }),
      check: shares.check,
      clockOffsetMs: () => this.membership.clockOffsetMs(),
    });
    const gossip = new SimGossip(life, {
      id: identity.peerId,
      publicKey: identity.publicKey,
      port: MESH_PORT,
      log,
      admission: this.#admission(),
    });
    this.gossip = parts.disguise?.gossip(gossip, life) ?? gossip;
    this.membership = new Membership({
      ...host,
      self: { name: identity.name, publicKey: identity.publicKey, epoch: identity.facts.epoch },
      listen: life.host.at(MESH_PORT),
      profile: shares.profile,
      roster: shares.roster,
      seals: identity.seals,
      datagrams: parts.disguise?.datagrams(life.datagrams, life) ?? life.datagrams,
      gossip: this.gossip,
      starts: this.records,
      displaced: ({ address }) => log.error('another host has this key', { address }),
    });
    this.registry = parts.hasRegistry ? this.#openRegistry() : undefined;
    this.#sync = new RecordSync({ ...host, records: this.records, gossip: this.gossip });
  }

  /** Has it heard what others hold of its records? Before that it says nothing. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Takes part; says where it is when it has heard what others hold of its records. */
  start(): void {
    const { met, identity, life } = this.#parts;
    const { records, membership } = this;
    const { size } = records.snapshot().writers;
    membership.learn(met);
    if (size > met.length) membership.learn(membersIn(records));
    meetMembers(records, membership);
    this.#sync.start();
    membership.start();
    const others = Math.max(met.length, size) - 1;
    void this.#sync.catchUp(identity.name, others).then(() => {
      if (!life.isAlive) return;
      this.#isReady = true;
      records.put(NODE_KIND, NODE_KEY, selfClaim(identity.name, life.host.address));
    });
  }

  /** Tells the others that it goes, and goes. */
  async leave(): Promise<void> {
    this.#sync.stop();
    await this.membership.leave();
    await this.gossip.stop();
    this.registry?.stop();
  }

  #openRegistry(): Registry {
    const { shares, identity, life } = this.#parts;
    const registry = new Registry({
      clock: life.clock,
      log: shares.tally.log,
      self: identity.name,
      trust: MADE_UP_TRUST,
      peerIdOf,
      stateOf: (name) => this.membership.stateOf(name) ?? 'alive',
    });
    this.membership.onChange((names) => {
      for (const name of names) registry.memberChanged(name);
    });
    registry.follow({
      own: (kind, owner) => this.records.own(kind, shares.reading.owner(kind, owner)),
    });
    return registry;
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

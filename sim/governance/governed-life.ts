import type { NodeName } from '../../src/core/index.ts';
import {
  type Repository,
  type TrustSigner,
  TrustStore,
  TrustSync,
} from '../../src/governance/index.ts';
import { Overlay, Visits } from '../../src/membership/testing/index.ts';
import type { ScratchDirs } from '../../src/ports/index.ts';
import type { Tally } from '../mesh/tally.ts';
import { type NodeIndex, nodeIndexOf, nodeNameOf } from '../witness/index.ts';
import { SimGossip, type SimProcess } from '../world/index.ts';
import { type Acquaintance, Acquaintances } from './acquaintances.ts';
import type { RememberedVerdicts } from './remembered-verdicts.ts';

/** Where every node takes connections. */
export const GOSSIP_PORT = 7_600;

/** What all nodes of one mesh share. */
export interface GovernedShares {
  readonly verdicts: RememberedVerdicts;
  readonly scratch: ScratchDirs;
  readonly tally: Tally;
  /** All members; credentials are not what is looked at here, so each is admitted under its name. */
  readonly members: readonly Acquaintance[];
}

export interface GovernedLifeParts {
  readonly index: NodeIndex;
  readonly life: SimProcess;
  readonly shares: GovernedShares;
  readonly online?: TrustSigner;
}

/** What every node has in each of its lives, whether it lies or not: connections with the others. */
export class ConnectedLife {
  readonly name: NodeName;
  readonly gossip: SimGossip;
  readonly overlay: Overlay;
  readonly visits: Visits;
  readonly #acquaintances: Acquaintances;

  constructor({ index, life, shares }: GovernedLifeParts) {
    const { members, tally } = shares;
    this.name = nodeNameOf(index);
    this.gossip = new SimGossip(life, {
      id: idOf(index),
      publicKey: keyOf(index),
      port: GOSSIP_PORT,
      log: tally.log,
      admission: {
        credential: () => keyOf(index),
        admit: (_key, credential) => ({ admitted: true, name: nodeNameOf(nodeOf(credential)) }),
      },
    });
    this.#acquaintances = new Acquaintances(index, members);
    this.overlay = new Overlay({
      gossip: this.gossip,
      clock: life.clock,
      random: life.random,
      log: tally.log,
      candidates: this.#acquaintances,
      changed: () => undefined,
    });
    this.visits = new Visits({
      gossip: this.gossip,
      clock: life.clock,
      random: life.random,
      find: (name) => this.#host(name),
      dial: (member) => this.overlay.visit(member),
      letGo: (id) => this.overlay.letGo(id),
    });
  }

  /** Who can be reached has changed: connections with the dead are let go, those who came back are dialled. */
  judge(isAlive: (node: NodeIndex) => boolean): void {
    const { died, revived } = this.#acquaintances.judge(isAlive);
    for (const { peerId } of died) this.overlay.drop(peerId);
    for (const member of revived) this.overlay.revived(member);
  }

  #host(name: NodeName): ReturnType<ConstructorParameters<typeof Visits>[0]['find']> {
    const entry = this.#acquaintances.at(nodeIndexOf(name));
    if (entry === undefined) return undefined;
    return { entry, state: entry.state, isConnected: this.overlay.isConnected(entry.peerId) };
  }
}

/** One life of an honest node as far as the trust repository goes: the rooms, wired as a node wires them. */
export class GovernedLife extends ConnectedLife {
  readonly store: TrustStore;
  readonly sync: TrustSync;

  /** Opens the disk and loads what is in force. */
  constructor(parts: GovernedLifeParts) {
    super(parts);
    const { index, life, shares, online } = parts;
    const { log, meter } = shares.tally;
    this.store = new TrustStore(life.store);
    this.store.load();
    this.sync = new TrustSync({
      node: nodeNameOf(index),
      gossip: this.gossip,
      members: this.visits,
      store: this.store,
      clock: life.clock,
      random: life.random,
      log,
      meter,
      scratch: shares.scratch,
      verify: shares.verdicts.verify,
      ...(online === undefined ? {} : { online }),
    });
  }

  get repository(): Repository {
    return this.store.repository();
  }

  start(): void {
    this.sync.start();
    this.overlay.start();
  }
}

/** Keys are four bytes, and stand for whoever has them. */
export const keyOf = (node: NodeIndex): Uint8Array => {
  const key = Buffer.alloc(4);
  key.writeUInt32BE(node);
  return key;
};
const nodeOf = (key: Uint8Array): NodeIndex => Buffer.from(key).readUInt32BE();
export const idOf = (node: NodeIndex): string => `key-${node}`;

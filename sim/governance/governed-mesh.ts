import type { SignedChange, TargetsRole, TrustFiles } from '../../src/governance/index.ts';
import type { Tally } from '../mesh/tally.ts';
import type { TrustDeed } from '../scenario/index.ts';
import type { EnforcedList, NodeIndex, Witness } from '../witness/index.ts';
import { type Cut, type SimHost, type SimRandom, split, type World } from '../world/index.ts';
import { enforcedOf, listIn } from './enforced.ts';
import { GovernedLife, type GovernedLifeParts, type GovernedShares } from './governed-life.ts';
import { type Government, onlineOf } from './government.ts';
import { LyingAuthority } from './lying-authority.ts';

/** Until a member notices that others cannot be reached any more, and that they can be again. */
const DEATH_MS = { from: 3_000, to: 7_000 } as const;
const REVIVAL_MS = { from: 500, to: 8_000 } as const;

export interface GovernedMeshParts {
  readonly world: World;
  readonly hosts: readonly SimHost[];
  readonly government: Government;
  readonly shares: GovernedShares;
  readonly liar?: NodeIndex;
}

/** All nodes of a run, what is done to them from outside, and what an onlooker sees of them. */
export class GovernedMesh {
  readonly world: World;
  readonly government: Government;
  readonly #parts: GovernedMeshParts;
  readonly #random: SimRandom;
  readonly #lives = new Map<NodeIndex, GovernedLife | LyingAuthority>();
  readonly #witnesses: Witness[] = [];

  constructor(parts: GovernedMeshParts) {
    this.#parts = parts;
    this.world = parts.world;
    this.government = parts.government;
    this.#random = parts.world.random.fork('governed mesh');
  }

  get tally(): Tally {
    return this.#parts.shares.tally;
  }

  get size(): number {
    return this.#parts.hosts.length;
  }

  /** How often the real verification was asked. */
  get verified(): number {
    return this.#parts.shares.verdicts.asked;
  }

  watch(witness: Witness): void {
    this.#witnesses.push(witness);
  }

  hostOf(node: NodeIndex): SimHost {
    const host = this.#parts.hosts[node];
    if (host === undefined) throw new RangeError(`there is no node ${node}`);
    return host;
  }

  isRunning(node: NodeIndex): boolean {
    return this.#lives.has(node);
  }

  /** Undefined while it is down, and of a liar. */
  lifeOf(node: NodeIndex): GovernedLife | undefined {
    const life = this.#lives.get(node);
    return life instanceof GovernedLife ? life : undefined;
  }

  /** Those that run and do not lie. */
  *reliable(): Iterable<NodeIndex> {
    for (const [node, life] of this.#lives) if (life instanceof GovernedLife) yield node;
  }

  digestOf(node: NodeIndex): string {
    return this.lifeOf(node)?.store.current().digest ?? '';
  }

  start(node: NodeIndex): void {
    if (this.isRunning(node)) return;
    const { government, shares, liar } = this.#parts;
    const online = onlineOf(government, node);
    const parts: GovernedLifeParts = {
      index: node,
      life: this.hostOf(node).boot(),
      shares,
      ...(online === undefined ? {} : { online }),
    };
    if (node === liar && online !== undefined) {
      const overheard = () => this.#newestOf(node);
      const life = new LyingAuthority({ ...parts, online, government, overheard });
      this.#lives.set(node, life);
      life.start();
    } else {
      const life = new GovernedLife(parts);
      this.#lives.set(node, life);
      this.#tell((witness) => witness.started?.(node, this.world.now));
      this.#enforced(node, life);
      life.store.onAdopted(() => this.#enforced(node, life));
      life.start();
    }
  }

  /** The host is gone without a word, and with it the last writes that its disk confirmed. */
  crash(node: NodeIndex, lostWrites: number): void {
    if (!this.isRunning(node)) return;
    const how = lostWrites > 0 ? 'crashed-with-loss' : 'crashed';
    this.#lives.delete(node);
    this.hostOf(node).crash({ lostCommits: lostWrites });
    this.#tell((witness) => witness.stopped?.(node, how, this.world.now));
    this.#whoIsThere(DEATH_MS);
  }

  restart(node: NodeIndex): void {
    this.start(node);
    this.#whoIsThere(REVIVAL_MS);
  }

  /** These do not hear each other. Returns what heals it. */
  part(sides: readonly (readonly NodeIndex[])[]): () => void {
    const { network } = this.world;
    const cuts = sides.map((side): Cut => split(side.map((node) => this.hostOf(node))));
    const heals = cuts.map((cut) => network.cut(cut));
    this.#whoIsThere(DEATH_MS);
    return () => {
      for (const heal of heals) heal();
      this.#whoIsThere(REVIVAL_MS);
    };
  }

  /**
   * Hands a change in at a node, and tells witnesses when it is published.
   *
   * @throws GovernanceError what the node says
   */
  async publish(node: NodeIndex, change: SignedChange): Promise<void> {
    const life = this.lifeOf(node);
    if (life === undefined) return;
    await life.sync.publish(change);
    const parts: readonly (readonly [TargetsRole, Uint8Array])[] = [
      ...(change.targets === undefined ? [] : [['targets', change.targets] as const]),
      ...change.delegated,
    ];
    const lists = new Map<TargetsRole, EnforcedList>(
      parts.map(([role, bytes]) => [role, listIn(bytes)]),
    );
    if (this.lifeOf(node) !== life) return; // it is down by now, and told nobody
    this.#tell((witness) => witness.published?.(node, lists, this.world.now));
  }

  lie(node: NodeIndex, deed: TrustDeed): void {
    const life = this.#lives.get(node);
    if (life instanceof LyingAuthority) life.tell(deed);
  }

  /** What one of a liar's peers holds; what the mesh was founded with when it has none. */
  #newestOf(node: NodeIndex): TrustFiles {
    const names = new Set(
      this.#lives
        .get(node)
        ?.gossip.peers()
        .map(({ name }) => name),
    );
    const all = [...this.#lives.values()].filter((life) => life instanceof GovernedLife);
    const near = all.find(({ name }) => names.has(name));
    return near?.store.files() ?? this.#parts.government.founded;
  }

  #enforced(node: NodeIndex, life: GovernedLife): void {
    const enforced = enforcedOf(life.repository);
    this.#tell((witness) => witness.enforced?.(node, enforced, this.world.now));
  }

  /** Each finds out in its own time who can be reached, as its failure detector would tell it. */
  #whoIsThere({ from, to }: { readonly from: number; readonly to: number }): void {
    for (let node = 0; node < this.size; node++) {
      const at = this.world.now + from + (to - from) * this.#random.fraction();
      this.world.at(at, () => {
        this.#lives.get(node)?.judge((other) => this.#canReach(node, other));
      });
    }
  }

  #canReach(node: NodeIndex, other: NodeIndex): boolean {
    const { network } = this.world;
    return this.isRunning(other) && !network.isCut(this.hostOf(node), this.hostOf(other));
  }

  #tell(tell: (witness: Witness) => void): void {
    for (const witness of this.#witnesses) tell(witness);
  }
}

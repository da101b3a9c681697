import { GovernanceError } from '../../src/governance/index.ts';
import { BreachList, type Check } from '../checks/index.ts';
import type { PlannedChange, TrustPlan } from '../scenario/index.ts';
import type { NodeIndex } from '../witness/index.ts';
import { type SimRandom, WORLD_EPOCH } from '../world/index.ts';
import type { GovernedMesh } from './governed-mesh.ts';
import { ROLES } from './government.ts';

/** How often a liar lies while it does. */
const LIE_MS = 1_500;
/** After which a removal that was not taken is tried again, by people who look at what is in force. */
const AGAIN_MS = 2_000;
/** Refusals that are said to people as they should be; anything else that is thrown is a fault of ours. */
const REFUSALS: readonly string[] = [
  'CHANGE_OVERTAKEN',
  'CHANGE_REFUSED',
  'VERSIONS_EXHAUSTED',
  'NO_AUTHORITY_REACHABLE',
  'PUBLISH_BUSY',
];

/** Lets a plan happen: partings, what people sign meanwhile, crashes, lies. Nodes may refuse, and nothing else. */
export class Campaign implements Check {
  readonly promise = 'a change is published, or refused in words for people';
  /** The node that is cut off through it all. */
  readonly loner: NodeIndex;
  readonly #mesh: GovernedMesh;
  readonly #plan: TrustPlan;
  readonly #random: SimRandom;
  readonly #authorities: readonly NodeIndex[];
  readonly #refusals = new Map<string, number>();
  readonly #bringBack: () => void;
  readonly #breaches = new BreachList();
  #serial = 0;
  #taken = 0;
  #isRemoved = false;

  constructor(mesh: GovernedMesh, plan: TrustPlan) {
    this.#mesh = mesh;
    this.#plan = plan;
    this.#random = mesh.world.random.fork('campaign');
    this.#authorities = [...mesh.government.authorities.keys()];
    this.loner = this.#member();
    this.#bringBack = mesh.part([[this.loner]]);
  }

  /** Changes of which a node said that they are published. */
  get taken(): number {
    return this.#taken;
  }

  /** By code. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** Is it over with the authority that left no numbers, if there is one? */
  get isRid(): boolean {
    return this.#plan.liar?.deed !== 'burned-numbers' || this.#isRemoved;
  }

  breaches(): readonly string[] {
    return this.#breaches.all();
  }

  start(): void {
    const { partings, changes, crashes, faults, liar } = this.#plan;
    for (const parting of partings) this.#at(parting.atS, () => this.#part(parting));
    for (const change of changes) this.#at(change.atS, () => this.#change(change));
    for (const crash of crashes) this.#at(crash.atS, () => this.#crash(crash));
    for (const fault of faults) this.#at(fault.atS, () => this.#trouble(fault));
    if (liar === undefined) return;
    for (let at = liar.atS; at < liar.atS + liar.forS; at += LIE_MS / 1_000) {
      this.#at(at, () => this.#mesh.lie(this.#authority(liar.authority), liar.deed));
    }
  }

  /** Has people take out the authority that left no numbers, if there is one; again until it is done. */
  ridNumbers(): void {
    const { liar } = this.#plan;
    if (liar !== undefined && !this.isRid) this.#remove(liar.authority);
  }

  /** The node that was cut off hears the others again. */
  bringBack(): void {
    this.#bringBack();
  }

  #at(seconds: number, run: () => void): void {
    this.#mesh.world.at(seconds * 1_000, run);
  }

  #authority(number: number): NodeIndex {
    return this.#authorities[number] ?? 0;
  }

  /** One that is no authority. */
  #member(): NodeIndex {
    for (;;) {
      const node = this.#random.below(this.#mesh.size);
      if (!this.#authorities.includes(node)) return node;
    }
  }

  #part({ shares, sideOf, forS }: TrustPlan['partings'][number]): void {
    const { size } = this.#mesh;
    const sides: NodeIndex[][] = [...shares, 1].map(() => []);
    for (let node = 0; node < size; node++) {
      const authority = this.#authorities.indexOf(node);
      const side = authority >= 0 ? (sideOf[authority] ?? 0) : this.#sideIn(shares);
      sides[side]?.push(node);
    }
    const heal = this.#mesh.part(sides);
    this.#at(this.#mesh.world.now / 1_000 + forS, heal);
  }

  #sideIn(shares: readonly number[]): number {
    let drawn = this.#random.fraction();
    for (const [side, share] of shares.entries()) {
      if (drawn < share) return side;
      drawn -= share;
    }
    return shares.length;
  }

  #change({ authority, through, list, people }: PlannedChange): void {
    const node = this.#authority(authority);
    const at = through === 'itself' ? node : this.#neighbourOf(node);
    const held = at === undefined ? undefined : this.#mesh.lifeOf(at)?.store.files();
    const role = ROLES[list];
    if (at === undefined || held === undefined || role === undefined) return;
    const { government } = this.#mesh;
    const by = government.bodyOf(role).people.filter((_, i) => people.includes(i));
    const change = government.rule(held, role, `rule-${this.#serial++}`, by, this.#now());
    this.#hand(at, change);
  }

  #remove(authority: number): void {
    const [at] = this.#authorities.filter(
      (node, i) => i !== authority && this.#mesh.lifeOf(node) !== undefined,
    );
    if (this.isRid) return;
    const held = at === undefined ? undefined : this.#mesh.lifeOf(at)?.store.files();
    const again = () => this.#remove(authority);
    if (at !== undefined && held !== undefined) {
      const { government } = this.#mesh;
      const change = government.removal(held, this.#authority(authority), this.#now());
      this.#hand(at, change, () => {
        this.#isRemoved = true;
      });
    }
    this.#mesh.world.at(this.#mesh.world.now + AGAIN_MS, again);
  }

  #hand(at: NodeIndex, change: Parameters<GovernedMesh['publish']>[1], done?: () => void): void {
    this.#mesh.publish(at, change).then(
      () => {
        this.#taken++;
        done?.();
      },
      (error: unknown) => {
        if (!(error instanceof GovernanceError) || !REFUSALS.includes(error.code)) {
          this.#breaches.add(String(error));
        } else this.#refusals.set(error.code, (this.#refusals.get(error.code) ?? 0) + 1);
      },
    );
  }

  #crash({ authority, lostWrites, backAfterS }: TrustPlan['crashes'][number]): void {
    const node = this.#authority(authority);
    this.#mesh.crash(node, lostWrites);
    this.#at(this.#mesh.world.now / 1_000 + backAfterS, () => this.#mesh.restart(node));
  }

  #trouble(fault: TrustPlan['faults'][number]): void {
    const { world } = this.#mesh;
    const ends: (() => void)[] = [];
    if (fault.kind === 'loss') {
      const before = world.network.conditions;
      world.network.conditions = { ...before, loss: fault.share };
      ends.push(() => {
        world.network.conditions = before;
      });
    } else {
      for (let i = 0; i < Math.ceil(fault.share * this.#mesh.size); i++) {
        const host = this.#mesh.hostOf(this.#random.below(this.#mesh.size));
        ends.push(
          fault.kind === 'slow'
            ? world.slowDown(host, fault)
            : world.readLate(host, fault.fromMs, fault.toMs),
        );
      }
    }
    this.#at(world.now / 1_000 + fault.forS, () => ends.forEach((end) => void end()));
  }

  /** A member that is connected with it now. */
  #neighbourOf(node: NodeIndex): NodeIndex | undefined {
    const peers = this.#mesh.lifeOf(node)?.gossip.peers() ?? [];
    const members = peers
      .map(({ name }) => Number(name.slice(1)))
      .filter((peer) => !this.#authorities.includes(peer));
    return members[this.#random.below(members.length)];
  }

  /** People's clocks are right. */
  #now(): number {
    return WORLD_EPOCH + Math.floor(this.#mesh.world.now);
  }
}

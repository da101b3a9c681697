import type { Mesh } from '../mesh/index.ts';
import type { Fault } from '../scenario/index.ts';
import type { NodeIndex } from '../witness/index.ts';
import { oneWay, partial, type SimHost, type SimRandom, split } from '../world/index.ts';

/** Writes that fail while a disk is broken: more than a node makes in that time. */
const ALL_WRITES = 10_000;

/** Lets the faults of a scenario happen to nodes that are drawn from the seed. */
export class FaultSchedule {
  readonly #mesh: Mesh;
  readonly #random: SimRandom;
  /** Whoever is struck by a crash or leaves is not struck again, so that each is measured by itself. */
  readonly #struck = new Set<NodeIndex>();

  constructor(mesh: Mesh, random: SimRandom) {
    this.#mesh = mesh;
    this.#random = random;
  }

  plan(fault: Fault): void {
    if (fault.kind === 'clock' || fault.kind === 'liars') return; // they are part of how the mesh is built
    this.#mesh.world.at(fault.atS * 1_000, () => this.#begin(fault));
  }

  #begin(fault: Exclude<Fault, { kind: 'clock' | 'liars' }>): void {
    if (fault.kind === 'crash') this.#crash(fault);
    else if (fault.kind === 'leave') this.#leave(fault);
    else this.#endAfter(fault.forS, this.#trouble(fault));
  }

  #crash({ nodes, dies, lostWrites, backAfterS }: Extract<Fault, { kind: 'crash' }>): void {
    for (const victim of this.#drawStruck(nodes)) {
      this.#mesh.crash(victim, dies, lostWrites);
      this.#startAfter(victim, backAfterS);
    }
  }

  #leave({ nodes, backAfterS }: Extract<Fault, { kind: 'leave' }>): void {
    for (const leaver of this.#drawStruck(nodes)) {
      this.#mesh.leave(leaver);
      this.#startAfter(leaver, backAfterS);
    }
  }

  #startAfter(node: NodeIndex, seconds: number | undefined): void {
    if (seconds === undefined) return;
    const { world } = this.#mesh;
    world.at(world.now + seconds * 1_000, () => this.#mesh.start(node));
  }

  /** Makes trouble, and says how it ends. */
  #trouble(
    fault: Extract<Fault, { kind: 'partition' | 'slow' | 'late' | 'loss' | 'disk' }>,
  ): () => void {
    switch (fault.kind) {
      case 'partition':
        return this.#partition(fault);
      case 'slow':
        return this.#slow(fault);
      case 'late':
        return this.#late(fault);
      case 'loss': {
        const { network } = this.#mesh.world;
        const before = network.conditions;
        network.conditions = { ...before, loss: fault.share };
        return () => {
          network.conditions = before;
        };
      }
      case 'disk': {
        const disks = this.#draw(fault.nodes).map((node) => this.#mesh.hostOf(node).disk);
        for (const disk of disks)
          disk.fail(fault.how === 'fails' ? 'failed' : 'failed-but-persisted', ALL_WRITES);
        return () => {
          for (const disk of disks) disk.mend();
        };
      }
    }
  }

  #partition({ shape, share }: Extract<Fault, { kind: 'partition' }>): () => void {
    const { size } = this.#mesh;
    const side = new Set(this.#draw(Math.max(1, Math.round(share * size))));
    const hosts = (inside: boolean): readonly SimHost[] =>
      this.#mesh
        .all()
        .filter((node) => side.has(node) === inside)
        .map((node) => this.#mesh.hostOf(node));
    if (shape === 'partial') return this.#mesh.cut(partial(share, this.#random.word()));
    return this.#mesh.cut(
      shape === 'symmetric' ? split(hosts(true)) : oneWay(hosts(false), hosts(true)),
    );
  }

  #slow({ share, awakeMs, blockedMs }: Extract<Fault, { kind: 'slow' }>): () => void {
    const victims = this.#draw(Math.max(1, Math.round(share * this.#mesh.size)));
    const ends = victims.map((node) => this.#mesh.slowDown(node, { awakeMs, blockedMs }));
    return () => {
      for (const end of ends) end();
    };
  }

  #late({ share, fromMs, toMs }: Extract<Fault, { kind: 'late' }>): () => void {
    const victims = this.#draw(Math.max(1, Math.round(share * this.#mesh.size)));
    const ends = victims.map((node) => this.#mesh.readLate(node, fromMs, toMs));
    return () => {
      for (const end of ends) end();
    };
  }

  #endAfter(seconds: number, end: () => void): void {
    const { world } = this.#mesh;
    world.at(world.now + seconds * 1_000, end);
  }

  #drawStruck(count: number): readonly NodeIndex[] {
    const drawn = this.#draw(
      count,
      (node) => this.#mesh.isRunning(node) && !this.#struck.has(node),
    );
    for (const node of drawn) this.#struck.add(node);
    return drawn;
  }

  /** So many honest nodes for which `fits` holds, or all of them when there are fewer. */
  #draw(count: number, fits: (node: NodeIndex) => boolean = () => true): readonly NodeIndex[] {
    const left = this.#mesh.all().filter((node) => !this.#mesh.isLiar(node) && fits(node));
    const drawn: NodeIndex[] = [];
    while (drawn.length < count && left.length > 0) {
      drawn.push(...left.splice(this.#random.below(left.length), 1));
    }
    return drawn;
  }
}

import type { NodeName } from '../../src/core/index.ts';
import type { RecordId, RecordIndex } from '../../src/replication/index.ts';
import {
  type Condition,
  type Ending,
  type HeldHead,
  type NodeIndex,
  nodeIndexOf,
  type Verdict,
  type Witness,
} from '../witness/index.ts';
import {
  type Cut,
  type SimHost,
  type SlowSpells,
  type TrafficKind,
  WORLD_EPOCH,
  type World,
} from '../world/index.ts';
import { isDiskError } from './disk-error.ts';
import type { NodeLife } from './node-life.ts';
import { Reachability } from './reachability.ts';
import type { RecordLedger } from './record-ledger.ts';
import type { SimNode } from './sim-node.ts';
import type { Tally } from './tally.ts';

/** How long after a start that failed, because of a broken disk, it is tried again. */
const RESTART_MS = 1_000;
/** Within which records are taken, whatever their dates (a minute each way), by any two whose clocks are this right. */
const RIGHT_CLOCK_MS = 60_000;

const isReading = (witness: Witness): witness is Witness & Pick<Required<Witness>, 'took'> =>
  witness.took !== undefined;

export interface MeshParts {
  readonly world: World;
  readonly nodes: readonly SimNode[];
  readonly ledger: RecordLedger;
  readonly tally: Tally;
}

/** All nodes of a run, what is done to them from outside, and what an onlooker sees of them. */
export class Mesh {
  readonly world: World;
  readonly tally: Tally;
  readonly size: number;
  readonly #nodes: readonly SimNode[];
  readonly #ledger: RecordLedger;
  readonly #reachability: Reachability;
  readonly #slow = new Set<NodeIndex>();
  readonly #witnesses: Witness[] = [];
  /** Those of them that look at each record. */
  readonly #reading: Pick<Required<Witness>, 'took'>[] = [];
  /** Of each index that was looked at: nodes that agree share one. */
  readonly #mostOfOne = new WeakMap<RecordIndex, number>();

  constructor({ world, nodes, ledger, tally }: MeshParts) {
    this.world = world;
    this.tally = tally;
    this.size = nodes.length;
    this.#nodes = nodes;
    this.#ledger = ledger;
    this.#reachability = new Reachability(nodes.length);
  }

  /** To be told of all that happens from now on. */
  watch(witness: Witness): void {
    this.#witnesses.push(witness);
    if (isReading(witness)) this.#reading.push(witness);
  }

  node(index: NodeIndex): SimNode {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`there is no node ${index}`);
    return node;
  }

  all(): NodeIndex[] {
    return this.#nodes.map(({ index }) => index);
  }

  *running(): Iterable<NodeIndex> {
    for (const { index, life } of this.#nodes) if (life !== undefined) yield index;
  }

  /** Those that run and do not lie. */
  *honest(): Iterable<NodeIndex> {
    for (const { index, life, isLiar } of this.#nodes) {
      if (life !== undefined && !isLiar) yield index;
    }
  }

  /** Those of them whose clocks are right enough for records: the others refuse what is good, and are refused. */
  *reliable(): Iterable<NodeIndex> {
    for (const node of this.honest()) {
      const offMs = Math.abs(this.clockOf(node) - WORLD_EPOCH - this.world.now);
      if (offMs < RIGHT_CLOCK_MS) yield node;
    }
  }

  hostOf(node: NodeIndex): SimHost {
    return this.node(node).host;
  }

  isRunning(node: NodeIndex): boolean {
    return this.node(node).life !== undefined;
  }

  isLiar(node: NodeIndex): boolean {
    return this.node(node).isLiar;
  }

  /** Slow once is slow for good, as far as mistakes go: they may come late. */
  condition(node: NodeIndex): Condition {
    if (this.isLiar(node)) return 'liar';
    return this.#slow.has(node) ? 'slow' : 'healthy';
  }

  couldReach(a: NodeIndex, b: NodeIndex, at: number): boolean {
    return this.#reachability.couldReach(a, b, at);
  }

  /** What a node holds under an id, tombstones included. */
  held(node: NodeIndex, id: RecordId): HeldHead | undefined {
    return this.node(node).life?.records.snapshot().get(id);
  }

  sentInAll(kind: TrafficKind): number {
    return this.#nodes.reduce((sum, { host }) => sum + host.traffic.sent(kind), 0);
  }

  digestOf(node: NodeIndex): string {
    return this.node(node).life?.records.digest() ?? '';
  }

  /** Does a node hold evidence that a member said two things under one sequence? */
  hasEvidence(node: NodeIndex, against: NodeIndex): boolean {
    const { name } = this.node(against).identity;
    const evidence = this.node(node).life?.records.evidence() ?? [];
    return evidence.some(({ writer }) => writer === name);
  }

  mostOfOneWriter(node: NodeIndex): number {
    const index = this.node(node).life?.records.snapshot();
    if (index === undefined) return 0;
    let most = this.#mostOfOne.get(index);
    if (most === undefined) {
      most = 0;
      for (const { count } of index.writers.items()) most = Math.max(most, count);
      this.#mostOfOne.set(index, most);
    }
    return most;
  }

  verdictOf(node: NodeIndex, subject: NodeIndex): Verdict {
    return this.node(node).verdictOf(this.node(subject));
  }

  signerOf(hash: string): NodeName | undefined {
    return this.#ledger.signerOf(hash);
  }

  /** Wall-clock time as a node has it. */
  clockOf(node: NodeIndex): number {
    return this.hostOf(node).process?.clock.now() ?? Number.NaN;
  }

  /** Starts a node that is down; again a little later when its disk does not let it. */
  start(index: NodeIndex): void {
    if (this.isRunning(index)) return;
    try {
      const life = this.node(index).start();
      this.#followRecords(index, life);
      this.#reachability.started(index, this.world.now);
      this.#tell((witness) => witness.started?.(index, this.world.now));
      life.start();
      this.#followMembers(index, life); // all that it knew when it started are alive to it
    } catch (error) {
      if (!isDiskError(error)) throw error;
      this.crash(index, 'process', 0);
      this.world.at(this.world.now + RESTART_MS, () => this.start(index));
    }
  }

  crash(index: NodeIndex, dies: 'process' | 'host', lostWrites: number): void {
    if (!this.isRunning(index)) return;
    this.node(index).crash(dies, lostWrites);
    this.#stopped(index, lostWrites > 0 ? 'crashed-with-loss' : 'crashed');
  }

  leave(index: NodeIndex): void {
    if (!this.isRunning(index)) return;
    void this.node(index).leave();
    this.#stopped(index, 'left');
  }

  /** Says something new of a workload on a node, or with `serial` undefined that it is gone. */
  change(index: NodeIndex, key: string, serial: number | undefined): void {
    const node = this.node(index);
    const id = serial === undefined ? node.withdrawEndpoint(key) : node.putEndpoint(key, serial);
    const head = this.held(index, id);
    if (head !== undefined) this.#tell((witness) => witness.said?.(index, head, this.world.now));
  }

  slowDown(index: NodeIndex, spells: SlowSpells): () => void {
    this.#slow.add(index);
    return this.world.slowDown(this.hostOf(index), spells);
  }

  readLate(index: NodeIndex, fromMs: number, toMs: number): () => void {
    this.#slow.add(index);
    return this.world.readLate(this.hostOf(index), fromMs, toMs);
  }

  /** Returns what heals it. */
  cut(cut: Cut): () => void {
    const heal = this.world.network.cut(cut);
    const healed = this.#reachability.cut(cut);
    return () => {
      heal();
      healed(this.world.now);
    };
  }

  #followRecords(index: NodeIndex, { records }: NodeLife): void {
    records.onChange((changes) => {
      for (const { record, bytes } of changes) {
        if (bytes === undefined) continue; // it went out of force
        for (const witness of this.#reading) witness.took(index, record, this.world.now);
      }
    });
  }

  #followMembers(index: NodeIndex, { membership }: NodeLife): void {
    membership.onChange((names) => {
      for (const name of names) this.#judged(index, nodeIndexOf(name));
    });
  }

  #judged(node: NodeIndex, subject: NodeIndex): void {
    const verdict = this.verdictOf(node, subject);
    if (verdict === 'alive') return;
    this.#tell((witness) => witness.judged?.(node, subject, verdict, this.world.now));
  }

  #stopped(index: NodeIndex, how: Ending): void {
    this.#reachability.stopped(index);
    this.#tell((witness) => witness.stopped?.(index, how, this.world.now));
  }

  #tell(tell: (witness: Witness) => void): void {
    for (const witness of this.#witnesses) tell(witness);
  }
}

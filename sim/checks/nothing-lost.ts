import type { RecordHead, RecordId, Sequence } from '../../src/replication/index.ts';
import { type Ending, type NodeIndex, nodeNameOf } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

export interface NothingLostView {
  held(node: NodeIndex, id: RecordId): RecordHead | undefined;
  /** Equal for nodes that hold the same. */
  digestOf(node: NodeIndex): string;
  /** Nodes that run now, do not lie and know the time. */
  reliable(): Iterable<NodeIndex>;
}

/**
 * What a node's store took is durable: after a crash the node holds it again or something later, and in the
 * end, while its writer runs, all hold it. Of a disk that lies about what it wrote, that is promised only of what
 * another node holds too: its writer hears it from there.
 */
export class NothingLost implements Check {
  readonly promise = 'nothing that was acknowledged is lost';
  readonly #view: NothingLostView;
  /** Of each writer, the last that it was told is kept, by name. */
  readonly #acknowledged = new Map<NodeIndex, Map<RecordId, Sequence>>();
  /** Nodes whose disk has lost what it had confirmed. */
  readonly #robbed = new Set<NodeIndex>();
  readonly #breaches = new BreachList();

  constructor(view: NothingLostView) {
    this.#view = view;
  }

  said(node: NodeIndex, { id, sequence }: RecordHead): void {
    const own = this.#acknowledged.get(node) ?? new Map<RecordId, Sequence>();
    own.set(id, sequence);
    this.#acknowledged.set(node, own);
  }

  stopped(node: NodeIndex, how: Ending): void {
    if (how !== 'crashed-with-loss') return;
    this.#robbed.add(node);
    const own = this.#acknowledged.get(node);
    for (const [id, sequence] of own ?? []) {
      if (!this.#isElsewhere(node, id, sequence)) own?.delete(id);
    }
  }

  /** It has opened its disk, and done nothing else yet. */
  started(node: NodeIndex): void {
    if (!this.#robbed.has(node)) this.#lookAt(node, node, 'after it started again');
  }

  breaches(): readonly string[] {
    const running = new Set(this.#view.reliable());
    const different = [...this.#different(running)];
    for (const writer of this.#acknowledged.keys()) {
      if (!running.has(writer)) continue;
      for (const node of different) this.#lookAt(node, writer, 'in the end');
    }
    return this.#breaches.all();
  }

  /** Of those that hold the same, the first: in the end nearly all do. */
  #different(nodes: Iterable<NodeIndex>): Iterable<NodeIndex> {
    const byDigest = new Map<string, NodeIndex>();
    for (const node of nodes) {
      const digest = this.#view.digestOf(node);
      if (!byDigest.has(digest)) byDigest.set(digest, node);
    }
    return byDigest.values();
  }

  #isElsewhere(writer: NodeIndex, id: RecordId, sequence: Sequence): boolean {
    for (const node of this.#view.reliable()) {
      const held = node === writer ? undefined : this.#view.held(node, id)?.sequence;
      if (held !== undefined && isAtLeast(held, sequence)) return true;
    }
    return false;
  }

  #lookAt(node: NodeIndex, writer: NodeIndex, when: string): void {
    for (const [id, sequence] of this.#acknowledged.get(writer) ?? []) {
      const held = this.#view.held(node, id)?.sequence;
      if (held !== undefined && isAtLeast(held, sequence)) continue;
      const has = held === undefined ? 'nothing' : textOf(held);
      this.#breaches.add(
        `${nodeNameOf(node)} holds ${has} of ${id} ${when}, and ${textOf(sequence)} was acknowledged`,
      );
    }
  }
}

const isAtLeast = (a: Sequence, b: Sequence): boolean =>
  (a.epoch - b.epoch || a.boot - b.boot || a.n - b.n) >= 0;

const textOf = ({ epoch, boot, n }: Sequence): string => `${epoch}.${boot}.${n}`;

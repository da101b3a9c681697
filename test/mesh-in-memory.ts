import type { NodeName } from '../src/core/index.ts';
import type { Gossip } from '../src/ports/index.ts';
import { FakeClock, GossipNetwork, seededRandom } from '../src/ports/testing/index.ts';
import {
  ENDPOINT_KIND,
  type EndpointClaim,
  NODE_KEY,
  NODE_KIND,
  type RecordSource,
  Registry,
} from '../src/registry/index.ts';
import { claimOn, hostOf, nodeClaim, sampleTrust } from '../src/registry/testing/index.ts';
import { type RecordLimits, RecordSync } from '../src/replication/index.ts';
import { Member, TestAuthority } from '../src/replication/testing/members.ts';

/** Of each node, to nodes chosen by chance. */
const LINKS = 4;
const STEP_MS = 250;

export interface MeshNode {
  readonly name: NodeName;
  readonly member: Member;
  readonly registry: Registry;
  readonly gossip: Gossip;
}

/** How a node of the mesh differs from the others. */
export interface NodeOptions {
  readonly limits?: RecordLimits;
  /** Who owns which kind, beside or in front of the registry. */
  readonly follow: (registry: Registry, records: RecordSource) => void;
}

/** Nodes n1, n2, … of the real rooms for records, in one process: gossip in memory, time by hand. */
export class MeshInMemory {
  readonly clock = new FakeClock();
  readonly nodes: readonly MeshNode[];
  readonly #network = new GossipNetwork();
  readonly #authority = new TestAuthority();
  readonly #random = seededRandom(20);
  readonly #syncs: RecordSync[] = [];

  constructor(count: number, optionsOf: (name: string) => NodeOptions) {
    this.nodes = Array.from({ length: count }, (_, n) => this.#node(n + 1, optionsOf));
  }

  /** Connects all, lets each say where it is and that it serves `shop/web`, and waits until that is known. */
  async start(): Promise<void> {
    for (const [n, { gossip }] of this.nodes.entries()) {
      await gossip.dial(`peer-n${((n + 1) % this.nodes.length) + 1}`, []);
      for (let link = 2; link < LINKS; link++) {
        const other = Math.floor(this.#random.fraction() * this.nodes.length);
        if (other !== n) await gossip.dial(`peer-n${other + 1}`, []);
      }
    }
    for (const { name, member } of this.nodes) {
      member.records.put(NODE_KIND, NODE_KEY, nodeClaim(name, hostOf(name)));
      this.serve(name, {});
    }
    await this.pass(5_000);
  }

  /** Lets a node announce its endpoint of `shop/web`. */
  serve(name: NodeName, over: Partial<EndpointClaim>): void {
    this.node(name).member.records.put(ENDPOINT_KIND, 'web', claimOn(name, over));
  }

  node(name: string): MeshNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  /** Lets time pass, and all that falls due in it happen. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.clock.advance(STEP_MS);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  stop(): void {
    for (const sync of this.#syncs) sync.stop();
    for (const { registry } of this.nodes) registry.stop();
  }

  #node(n: number, optionsOf: (name: string) => NodeOptions): MeshNode {
    const { clock } = this;
    const { limits, follow } = optionsOf(`n${n}`);
    const authority = this.#authority;
    const member = new Member(`n${n}`, { clock, authority, ...(limits && { limits }) });
    const { name, log, meter, records } = member;
    const gossip = this.#network.join(name);
    const registry = new Registry({
      self: name,
      trust: sampleTrust,
      clock,
      log,
      stateOf: () => 'alive',
      peerIdOf: (publicKey) => Buffer.from(publicKey).toString('hex'),
    });
    follow(registry, records);
    const sync = new RecordSync({ records, gossip, clock, log, meter, random: seededRandom(n) });
    sync.start();
    this.#syncs.push(sync);
    return { name, member, registry, gossip };
  }
}

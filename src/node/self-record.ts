import { PROGRAM_VERSION } from '../core/index.ts';
import { datagramAddress } from '../membership/index.ts';
import type { Clock, Log, Random, Timer } from '../ports/index.ts';
import { NODE_KEY, NODE_KIND, type NodeClaim } from '../registry/index.ts';
import { ReplicationError } from '../replication/index.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Enforcement } from './enforcement.ts';
import type { Freshness } from './freshness.ts';
import { authorityTarget } from './init-node.ts';
import type { NodeConfig } from './options.ts';
import type { PeerPlane } from './peer-plane.ts';

export interface SelfRecordParts {
  readonly directory: DataDirectory;
  readonly config: NodeConfig;
  readonly peers: Pick<PeerPlane, 'gossip' | 'records' | 'recordSync' | 'membership'>;
  readonly enforcement: Pick<Enforcement, 'enforces' | 'lag'>;
  readonly freshness: Pick<Freshness, 'staleSince'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * How long a node keeps to itself what it enforces now, milliseconds: all nodes say it after each change, each to all,
 * and that must not be in the way of the change itself.
 */
const LATER_MS = 1_000;
/**
 * Over so long for each member they say it, each at a time of its own, milliseconds: 20 of them a second. A record
 * that spreads by gossip costs each node about 10 ms of its processor.
 */
const SPREAD_MS = 50;

/** What this node says of itself to the others. */
export class SelfRecord {
  readonly #parts: SelfRecordParts;
  #isLeaving = false;
  #soon: Timer | undefined;

  constructor(parts: SelfRecordParts) {
    this.#parts = parts;
  }

  /**
   * Says where it is reached, which CA it has, and what it enforces now; to be said again on each change, and when
   * it may write.
   */
  say(): void {
    this.#soon?.cancel();
    this.#soon = undefined;
    if (!this.#parts.peers.recordSync.mayWrite) return;
    try {
      // Whoever meets it later knows by its start which leaves it has outlived.
      const said = { ofThisStart: true };
      this.#parts.peers.records.put(NODE_KIND, NODE_KEY, this.#claim(), said);
    } catch (error) {
      // Without a credential, or when another key took the name, a node has no say: it goes on serving.
      if (!(error instanceof ReplicationError)) throw error;
      this.#parts.log.error('the other members cannot be told of this node', { error });
    }
  }

  /** The same, in a moment: see {@link LATER_MS}. */
  saySoon(): void {
    const { clock, random, peers } = this.#parts;
    const delayMs = LATER_MS + SPREAD_MS * peers.membership.others * random.fraction();
    this.#soon ??= clock.after(delayMs, () => this.say());
  }

  /** Says last of all that this node goes: those who start while it is away hear of it from its record alone. */
  leave(): void {
    this.#isLeaving = true;
    this.say();
  }

  #claim(): NodeClaim {
    const { directory, config, peers, enforcement, freshness } = this.#parts;
    const { staleSince } = freshness;
    const { enforces, lag } = enforcement;
    const { certificatePem, onlineKey } = authorityTarget(directory);
    return {
      name: directory.identity.node,
      addresses: [...peers.gossip.addresses(), datagramAddress(peers.membership.address)],
      listenHost: config.listen,
      authority: { certificatePem, onlineKey },
      enforces,
      ...(lag === undefined ? {} : { lag }),
      ...(staleSince === undefined ? {} : { staleSince }),
      version: PROGRAM_VERSION,
      ...(this.#isLeaving ? { leaving: true } : {}),
    };
  }
}

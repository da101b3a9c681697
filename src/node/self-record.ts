import { PROGRAM_VERSION, SelvageError } from '../core/index.ts';
import { datagramAddress } from '../membership/index.ts';
import type { Clock, Log, Timer } from '../ports/index.ts';
import { NODE_KEY, NODE_KIND, type NodeClaim } from '../registry/index.ts';
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
  readonly log: Log;
}

/**
 * How long a node keeps to itself what it enforces now, milliseconds: several changes of that time are one, and by
 * then most others enforce it, too, so that few exchanges bring the word of many.
 */
const LATER_MS = 2_000;
/** How soon what could not be said is tried again, milliseconds. */
const AGAIN_MS = 10_000;

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
  say({ urgent = true } = {}): void {
    this.#soon?.cancel();
    this.#soon = undefined;
    if (!this.#parts.peers.recordSync.mayWrite) return;
    try {
      // Whoever meets it later knows by its start which leaves it has outlived.
      const said = { ofThisStart: true, urgent };
      this.#parts.peers.records.put(NODE_KIND, NODE_KEY, this.#claim(), said);
    } catch (error) {
      // Without a credential, or when another key took the name, a node has no say, and on a full disk none for now:
      // it goes on serving.
      if (!(error instanceof SelvageError)) throw error;
      const { clock, log } = this.#parts;
      log.error('the other members cannot be told of this node', { error });
      if (!this.#isLeaving) this.#soon = clock.after(AGAIN_MS, () => this.say({ urgent }));
    }
  }

  /**
   * The same, in a moment, and without hurry: after each change of what is in force all nodes say what they enforce.
   * By gossip each would hear each several times, in the way of the change itself.
   */
  saySoon(): void {
    this.#soon ??= this.#parts.clock.after(LATER_MS, () => this.say({ urgent: false }));
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
    const { onlineKey, tokenKeys } = authorityTarget(directory);
    const [tokenKey] = tokenKeys;
    return {
      name: directory.identity.node,
      addresses: [...peers.gossip.addresses(), datagramAddress(peers.membership.address)],
      listenHost: config.listen,
      authority: {
        certificatePem: directory.signing.current.certificatePem,
        onlineKey,
        ...(tokenKey === undefined ? {} : { tokenKey }),
      },
      enforces,
      ...(lag === undefined ? {} : { lag }),
      ...(staleSince === undefined ? {} : { staleSince }),
      version: PROGRAM_VERSION,
      ...(this.#isLeaving ? { leaving: true } : {}),
    };
  }
}

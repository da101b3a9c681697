import type {
  Clock,
  Datagrams,
  Gossip,
  Log,
  Meter,
  Random,
  SocketAddress,
} from '../ports/index.ts';
import type { KnownMember } from './member.ts';
import type { MemberSeals } from './seal.ts';
import type { Profile, Roster } from './swim/index.ts';
import type { Twin } from './twins.ts';

/** How often this node has started, durably counted. */
export interface Starts {
  /** Only grows. */
  readonly boot: number;
  /**
   * By this node's own key it is said to have started so often: its disk has forgotten, or another process holds the
   * key. It is to have started more often than that from now on.
   */
  outlive(boot: number): void;
}

export interface MembershipOptions {
  /** This node, as its membership credential says. */
  readonly self: Pick<KnownMember, 'name' | 'publicKey' | 'epoch'>;
  /** Where it takes datagrams; another port when this one is taken. */
  readonly listen: SocketAddress;
  readonly profile: Profile;
  readonly starts: Starts;
  /** Another process holds this node's key, and began before: this one is to stop. */
  readonly displaced: (by: Twin) => void;
  readonly seals: MemberSeals;
  /** Shared by all nodes of this process; by default each has its own. */
  readonly roster?: Roster;
  readonly datagrams: Pick<Datagrams, 'bind'>;
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

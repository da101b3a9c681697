import type { NodeName } from '../core/index.ts';
import type { Peer } from './gossip.ts';

/** Questions to members by name, whether this node is connected with them or not. */
export interface MemberVisits {
  /**
   * Asks a living member, which is dialled where it is not connected, and let go of soon after. Rejects, within some
   * seconds and with the reason in words, when it cannot be reached; else with whatever `ask` rejects with.
   */
  visit<T>(name: NodeName, ask: (peer: Peer) => Promise<T>): Promise<T>;
  /** Whom to ask first: who is connected and well before who has to be dialled, the near before the far; else by chance. */
  nearestFirst(names: readonly NodeName[]): readonly NodeName[];
}

import type { NodeName } from '../core/index.ts';
import type { EpochMs, PeerAddress, PeerId } from '../ports/index.ts';

/** Who a member is and where it can be dialled, as its own node record says. */
export interface KnownMember {
  readonly name: NodeName;
  readonly peerId: PeerId;
  readonly addresses: readonly PeerAddress[];
}

/**
 * `alive`: connected now. `unreachable`: the connection was lost, or dialling failed. `unknown`:
 * neither connected nor tried, as most members of a large mesh are.
 */
export type MemberState = 'alive' | 'unreachable' | 'unknown';

export interface Member extends KnownMember {
  readonly state: MemberState;
  /** Since when it is in that state. */
  readonly since: EpochMs;
}

import type { NodeName } from '../core/index.ts';
import type { PeerAddress, PeerId } from '../ports/index.ts';
import type { MemberState } from './swim/index.ts';

/** Who a member is and where it is reached, as its own node record and its credential say. */
export interface KnownMember {
  readonly name: NodeName;
  readonly peerId: PeerId;
  /** Raw Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Of its membership credential: the highest one owns the name. */
  readonly epoch: number;
  /** How often it had started when it wrote its record: its word before that is void. */
  readonly boot?: number;
  /** Its record is its last word: silent, it has left and is not dead. */
  readonly isLeaving?: boolean;
  /** Multiaddrs: `/ip4/H/tcp/P` for connections, `/ip4/H/udp/P` for datagrams. */
  readonly addresses: readonly PeerAddress[];
}

/** A member as this node sees it. */
export interface Member extends Omit<KnownMember, 'boot' | 'isLeaving'> {
  readonly state: MemberState;
  /** Starts of the member (times 65,536), and how often it has contradicted since that it is gone. */
  readonly incarnation: number;
  /** How long ago it was heard of itself, milliseconds; left out when never. */
  readonly lastContactMs?: number;
  /** Of the last answer; left out when there was none. */
  readonly roundTripMs?: number;
  /** For so long it has answered over streams alone; left out when it has not. */
  readonly withoutDatagramsMs?: number;
}

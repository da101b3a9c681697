import type { NodeName } from '../../core/index.ts';
import type { PeerId, SocketAddress } from '../../ports/index.ts';

/** A member's place in the tables of this process: small, dense, given anew when its last user let go. */
export type Handle = number;

/** A member as far as datagrams need it: a key under a name. Another key, or another address, is another one. */
export interface RosterEntry {
  readonly name: NodeName;
  readonly peerId: PeerId;
  /** Raw Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Of its membership credential. */
  readonly epoch: number;
  /** Where it takes datagrams. */
  readonly address: SocketAddress;
  /** The first 8 bytes of SHA-256 over name, epoch and key, in hex: how datagrams name it. */
  readonly tag: string;
}

import type { NodeName } from '../../core/index.ts';
import type { PeerAddress, PeerId, SocketAddress } from '../../ports/index.ts';
import { TagTable } from './tag-table.ts';

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
  /** Where its connections are taken: multiaddrs over TCP. */
  readonly addresses: readonly PeerAddress[];
  /** Where it takes datagrams. */
  readonly address: SocketAddress;
  /** How datagrams name it: 8 bytes of a hash over name, epoch and key, in hex. */
  readonly tag: string;
}

interface Place {
  readonly entry: RosterEntry;
  users: number;
}

const NOBODY: readonly Handle[] = [];

/**
 * Gives each member a number, so that what is kept of it lies in plain arrays. One for a process: where many
 * nodes live in one, they share it, and none needs a map over all members.
 */
export class Roster {
  readonly #places: (Place | undefined)[] = [];
  readonly #free: Handle[] = [];
  readonly #tags = new TagTable();
  readonly #byName = new Map<NodeName, readonly Handle[]>();

  /** The member's handle, to be let go by {@link release} once for each call. */
  intern(entry: RosterEntry): Handle {
    const known = this.named(entry.name).find((handle) => isSame(this.entry(handle), entry));
    if (known !== undefined) {
      const place = this.#places[known];
      if (place !== undefined) place.users += 1;
      return known;
    }
    const handle = this.#free.pop() ?? this.#places.length;
    this.#places[handle] = { entry, users: 1 };
    this.#tags.add(handle, entry.tag);
    this.#byName.set(entry.name, [...this.named(entry.name), handle]);
    return handle;
  }

  release(handle: Handle): void {
    const place = this.#places[handle];
    if (place === undefined) return;
    place.users -= 1;
    if (place.users > 0) return;
    this.#places[handle] = undefined;
    this.#free.push(handle);
    this.#tags.remove(handle);
    const { name } = place.entry;
    const others = this.named(name).filter((other) => other !== handle);
    if (others.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, others);
  }

  /** Undefined: nobody stands there, or nobody any more. */
  entry(handle: Handle): RosterEntry | undefined {
    return this.#places[handle]?.entry;
  }

  /** Writes the tag of whoever stands there into `bytes` from `at` on. */
  writeTag(handle: Handle, bytes: Uint8Array, at: number): void {
    this.#tags.write(handle, bytes, at);
  }

  /** The member with the tag that begins at `at` that `isWanted`: there is one at each address that it is known under. */
  tagged(bytes: Uint8Array, at: number, isWanted: (handle: Handle) => boolean): Handle | undefined {
    return this.#tags.find(bytes, at, isWanted);
  }

  /** Every key, epoch and address under this name. */
  named(name: NodeName): readonly Handle[] {
    return this.#byName.get(name) ?? NOBODY;
  }

  /** One more than the highest handle that was ever given. */
  get places(): number {
    return this.#places.length;
  }

  /** Members that somebody uses. */
  get size(): number {
    return this.#places.length - this.#free.length;
  }
}

const isSame = (known: RosterEntry | undefined, entry: RosterEntry): boolean =>
  known === entry ||
  (known !== undefined &&
    known.name === entry.name &&
    known.peerId === entry.peerId &&
    known.epoch === entry.epoch &&
    known.tag === entry.tag &&
    known.address.host === entry.address.host &&
    known.address.port === entry.address.port &&
    known.addresses.length === entry.addresses.length &&
    known.addresses.every((address, i) => address === entry.addresses[i]));

import type { NodeName } from '../../core/index.ts';
import type { PeerAddress, PeerId, SocketAddress } from '../../ports/index.ts';

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
  readonly #byTag = new Map<string, readonly Handle[]>();
  readonly #byName = new Map<NodeName, readonly Handle[]>();

  /** The member's handle, to be let go by {@link release} once for each call. */
  intern(entry: RosterEntry): Handle {
    const known = this.tagged(entry.tag).find((handle) => isSame(this.entry(handle), entry));
    if (known !== undefined) {
      const place = this.#places[known];
      if (place !== undefined) place.users += 1;
      return known;
    }
    const handle = this.#free.pop() ?? this.#places.length;
    this.#places[handle] = { entry, users: 1 };
    add(this.#byTag, entry.tag, handle);
    add(this.#byName, entry.name, handle);
    return handle;
  }

  release(handle: Handle): void {
    const place = this.#places[handle];
    if (place === undefined) return;
    place.users -= 1;
    if (place.users > 0) return;
    this.#places[handle] = undefined;
    this.#free.push(handle);
    remove(this.#byTag, place.entry.tag, handle);
    remove(this.#byName, place.entry.name, handle);
  }

  /** Undefined: nobody stands there, or nobody any more. */
  entry(handle: Handle): RosterEntry | undefined {
    return this.#places[handle]?.entry;
  }

  /** One member at each address that it is known under; almost always one. */
  tagged(tag: string): readonly Handle[] {
    return this.#byTag.get(tag) ?? NOBODY;
  }

  /** Every key, epoch and address under this name. */
  named(name: NodeName): readonly Handle[] {
    return this.#byName.get(name) ?? NOBODY;
  }

  /** Members that somebody uses. */
  get size(): number {
    return this.#places.length - this.#free.length;
  }
}

const isSame = (known: RosterEntry | undefined, entry: RosterEntry): boolean =>
  known !== undefined &&
  known.name === entry.name &&
  known.peerId === entry.peerId &&
  known.epoch === entry.epoch &&
  known.address.host === entry.address.host &&
  known.address.port === entry.address.port &&
  known.addresses.length === entry.addresses.length &&
  known.addresses.every((address, i) => address === entry.addresses[i]);

function add<Key>(index: Map<Key, readonly Handle[]>, key: Key, handle: Handle): void {
  index.set(key, [...(index.get(key) ?? NOBODY), handle]);
}

function remove<Key>(index: Map<Key, readonly Handle[]>, key: Key, handle: Handle): void {
  const rest = (index.get(key) ?? NOBODY).filter((other) => other !== handle);
  if (rest.length === 0) index.delete(key);
  else index.set(key, rest);
}

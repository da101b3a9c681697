import type { NodeName } from '../../core/index.ts';
import type { PeerAddress, PeerId, SocketAddress } from '../../ports/index.ts';
import { type Members, TagTable } from './tag-table.ts';

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

const NOBODY: readonly Handle[] = [];

/**
 * Gives each member a number, so that what is kept of it lies in plain arrays. One for a process: where many
 * nodes live in one, they share it, and none needs a map over all members.
 */
export class Roster {
  readonly #entries: (RosterEntry | undefined)[] = [];
  readonly #users: number[] = [];
  readonly #free: Handle[] = [];
  readonly #tags = new TagTable();
  readonly #byName = new Map<NodeName, readonly Handle[]>();

  /** The member's handle, to be let go by {@link release} once for each call. */
  intern(entry: RosterEntry): Handle {
    const known = this.named(entry.name).find((handle) => isSame(this.entry(handle), entry));
    if (known !== undefined) {
      this.#users[known] = this.#usersOf(known) + 1;
      return known;
    }
    const handle = this.#free.pop() ?? this.#entries.length;
    this.#entries[handle] = entry;
    this.#users[handle] = 1;
    this.#tags.add(handle, entry.tag);
    this.#byName.set(entry.name, [...this.named(entry.name), handle]);
    return handle;
  }

  release(handle: Handle): void {
    const entry = this.#entries[handle];
    if (entry === undefined) return;
    const users = this.#usersOf(handle) - 1;
    this.#users[handle] = users;
    if (users > 0) return;
    this.#entries[handle] = undefined;
    this.#free.push(handle);
    this.#tags.remove(handle);
    const { name } = entry;
    const others = this.named(name).filter((other) => other !== handle);
    if (others.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, others);
  }

  /** Undefined: nobody stands there, or nobody any more. */
  entry(handle: Handle): RosterEntry | undefined {
    return this.#entries[handle];
  }

  /** Writes the tag of whoever stands there into `bytes` from `at` on. */
  writeTag(handle: Handle, bytes: Uint8Array, at: number): void {
    this.#tags.write(handle, bytes, at);
  }

  /** The one of `members` with the tag that begins at `at`: there is one at each address that it is known under. */
  tagged(bytes: Uint8Array, at: number, members: Members): Handle | undefined {
    return this.#tags.find(bytes, at, members);
  }

  /** Every key, epoch and address under this name. */
  named(name: NodeName): readonly Handle[] {
    return this.#byName.get(name) ?? NOBODY;
  }

  /** One more than the highest handle that was ever given. */
  get places(): number {
    return this.#entries.length;
  }

  /** Members that somebody uses. */
  get size(): number {
    return this.#entries.length - this.#free.length;
  }

  #usersOf(handle: Handle): number {
    return this.#users[handle] ?? 0;
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

import type { NodeName } from '../core/index.ts';
import type { PeerAddress, PeerId } from '../ports/index.ts';
import type { Candidate, Candidates } from './contacts.ts';
import { dialledAddresses } from './member-entry.ts';

/** Where a host was that was a member once. */
export interface FormerContact {
  readonly name: NodeName;
  readonly peerId: PeerId;
  /** Multiaddrs. */
  readonly addresses: readonly PeerAddress[];
}

interface Members extends Candidates {
  named(name: NodeName): number | undefined;
}

/**
 * Whom a node may dial: its members, and behind them those met before of whom no record says that they still are.
 * A node that was away for long finds the mesh by them; to the detector and to datagrams they are nobody.
 */
export class MetBefore implements Candidates {
  readonly #members: Members;
  #former: readonly Candidate[] = [];

  constructor(members: Members) {
    this.#members = members;
  }

  /** In place of all that were given before. */
  replace(former: readonly FormerContact[]): void {
    this.#former = former.map(({ name, peerId, addresses }) => ({
      name,
      peerId,
      addresses: dialledAddresses(addresses),
      state: 'dead', // nothing says that it lives: it is dialled when there are no others
    }));
  }

  /** How many of them are no members. */
  get count(): number {
    return this.#former.filter((contact) => this.#isNoMember(contact)).length;
  }

  get places(): number {
    return this.#members.places + this.#former.length;
  }

  at(place: number): Candidate | undefined {
    const contact = this.#former[place - this.#members.places];
    if (contact === undefined) return this.#members.at(place);
    return this.#isNoMember(contact) ? contact : undefined;
  }

  #isNoMember({ name }: Candidate): boolean {
    return this.#members.named(name) === undefined;
  }
}

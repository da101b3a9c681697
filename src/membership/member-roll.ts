import type { NodeName } from '../core/index.ts';
import type { Candidate, Candidates } from './contacts.ts';
import type { Handle, MemberTable, Roster, RosterEntry } from './swim/index.ts';
import type { TagBook } from './wire/index.ts';

/**
 * The members that one node knows, found by name, tag or place. The roster, which nodes of one process may
 * share, says who stands where; the table of the node's own detector says whom of them it knows.
 */
export class MemberRoll implements TagBook, Candidates {
  /** This node's own handle. */
  readonly self: Handle;
  readonly #roster: Roster;
  readonly #table: MemberTable;

  constructor(roster: Roster, self: RosterEntry, table: MemberTable) {
    this.#roster = roster;
    this.self = roster.intern(self);
    this.#table = table;
  }

  get places(): number {
    return this.#table.places;
  }

  /** One more than the highest handle that anybody has. */
  get handles(): number {
    return this.#roster.places;
  }

  entry(member: Handle): RosterEntry {
    const entry = this.#roster.entry(member);
    if (entry === undefined) throw new TypeError(`nobody stands at ${member}`);
    return entry;
  }

  tagOf(member: Handle): string {
    return this.entry(member).tag;
  }

  writeTag(member: Handle, bytes: Uint8Array, at: number): void {
    this.#roster.writeTag(member, bytes, at);
  }

  /** This node itself, or one that it knows. */
  memberAt(bytes: Uint8Array, at: number): Handle | undefined {
    return this.#roster.tagged(bytes, at, this);
  }

  /** Of the others. */
  named(name: NodeName): Handle | undefined {
    for (const member of this.#roster.named(name)) if (this.#knows(member)) return member;
    return undefined;
  }

  at(place: number): Candidate | undefined {
    const state = this.#table.state(place);
    if (state === undefined || place === this.self) return undefined;
    const { name, peerId, addresses } = this.entry(place);
    return { name, peerId, addresses, state };
  }

  /** `known`, when it is the very same member at the same addresses; else another handle. */
  enter(entry: RosterEntry, known: Handle | undefined): Handle {
    const member = this.#roster.intern(entry);
    if (member === known) this.#roster.release(member); // it is counted already
    return member;
  }

  leave(member: Handle): void {
    this.#roster.release(member);
  }

  /** This node itself, or one that it knows. */
  has(member: Handle): boolean {
    return member === this.self || this.#table.state(member) !== undefined;
  }

  #knows(member: Handle): boolean {
    return member !== this.self && this.#table.state(member) !== undefined;
  }
}

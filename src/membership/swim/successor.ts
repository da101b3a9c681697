import type { MemberTable } from './member-table.ts';
import type { Handle } from './roster.ts';

/**
 * Who comes next among the living in the order of tags, behind the last the first. All see that ring alike without a
 * word, so each member has one that asks it again and again, not by chance.
 */
export class Successor {
  readonly #self: Handle;
  readonly #table: MemberTable;
  readonly #tagOf: (member: Handle) => string;
  #found: Handle | undefined;

  constructor(self: Handle, table: MemberTable, tagOf: (member: Handle) => string) {
    this.#self = self;
    this.#table = table;
    this.#tagOf = tagOf;
    table.onLife((member) => this.#lives(member));
  }

  /** Undefined: nobody else lives. All are looked at only when the last one lives no more. */
  find(): Handle | undefined {
    if (!this.#isAlive(this.#found)) this.#found = this.#search();
    return this.#found;
  }

  /** It lives from now on. */
  #lives(member: Handle): void {
    // The one that was found may be a member no more, or this one, as its handle is another's now.
    if (!this.#isAlive(this.#found) || member === this.#found) this.#found = undefined;
    else if (this.#isSooner(member, this.#found)) this.#found = member;
  }

  #isAlive(member: Handle | undefined): member is Handle {
    return member !== undefined && this.#table.state(member) === 'alive';
  }

  #search(): Handle | undefined {
    let found: Handle | undefined;
    for (let member = 0; member < this.#table.places; member++) {
      if (this.#table.state(member) !== 'alive') continue;
      if (found === undefined || this.#isSooner(member, found)) found = member;
    }
    return found;
  }

  /** Does it come before the other, from this node on? */
  #isSooner(member: Handle, other: Handle): boolean {
    const own = this.#tagOf(this.#self);
    const tag = this.#tagOf(member);
    const otherTag = this.#tagOf(other);
    return tag > own === otherTag > own ? tag < otherTag : tag > own;
  }
}

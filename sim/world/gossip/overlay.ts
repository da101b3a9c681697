import type { SimHost } from '../host.ts';
import type { Connection } from './connection.ts';
import { MAX_TOPICS } from './limits.ts';
import { watchForSilence } from './monitor.ts';

/** What the members of one world have in common: who is who in tables, which topic is which bit. */
export class Overlay {
  readonly #topics: string[] = [];
  readonly #connections = new Map<number, Connection>();
  #members = 0;

  /** Members so far; a restarted one counts anew. */
  get members(): number {
    return this.#members;
  }

  /** A new member's number. */
  join(): number {
    return this.#members++;
  }

  topic(name: string): number {
    const known = this.#topics.indexOf(name);
    if (known >= 0) return known;
    if (this.#topics.length === MAX_TOPICS) throw new Error(`more than ${MAX_TOPICS} topics`);
    return this.#topics.push(name) - 1;
  }

  /** The connection between two members that either of them holds open. */
  connection(a: number, b: number): Connection | undefined {
    return this.#connections.get(pairOf(a, b));
  }

  connect(a: number, b: number, connection: Connection): void {
    this.#connections.set(pairOf(a, b), connection);
  }

  disconnect(a: number, b: number, connection: Connection): void {
    if (this.connection(a, b) === connection) this.#connections.delete(pairOf(a, b));
  }

  /** Some connections may have fallen silent: those between hosts for which `isConcerned` holds. */
  watch(isConcerned: (from: SimHost, to: SimHost) => boolean): void {
    for (const { dialler, listener } of this.#connections.values()) {
      if (!isConcerned(dialler.own.host, listener.own.host)) continue;
      watchForSilence(dialler);
      watchForSilence(listener);
    }
  }
}

/** Numbers stay far below 2^26, so that a pair is exact in a double. */
const pairOf = (a: number, b: number): number => Math.min(a, b) * 2 ** 26 + Math.max(a, b);

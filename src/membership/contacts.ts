import type { PeerId, Random } from '../ports/index.ts';
import type { KnownMember, MemberState } from './member.ts';

/**
 * Connections that a node seeks; those that others open count too. With random members at both ends,
 * 12 keep a mesh of some thousands in one piece while a third of it fails.
 */
export const WANTED_CONNECTIONS = 12;
/** After the first failure, doubled with each further one: half fixed, half random. */
export const FIRST_BACKOFF_MS = 500;
export const LONGEST_BACKOFF_MS = 10_000;
/** A connection that ends sooner than this counts as a failure to connect. */
export const STABLE_AFTER_MS = 5_000;
/** Of one member's addresses; more are not tried. */
export const MAX_ADDRESSES = 8;

interface Contact {
  known: KnownMember;
  state: MemberState;
  /** Monotonic time of the last change of `state`. */
  since: number;
  isDialling: boolean;
  failures: number;
  /** Monotonic time before which it is not dialled. */
  notBefore: number;
}

export interface ContactView {
  readonly known: KnownMember;
  readonly state: MemberState;
  readonly since: number;
}

/**
 * Whom to be connected with: what happened comes in with its time (monotonic milliseconds), whom to
 * dial comes out. Owns no clock and no socket.
 */
export class Contacts {
  readonly #self: PeerId;
  readonly #random: Random;
  readonly #contacts = new Map<PeerId, Contact>();
  /** Connected, known or not: a member's connection may come before its record. */
  readonly #connected = new Set<PeerId>();

  constructor(self: PeerId, random: Random) {
    this.#self = self;
    this.#random = random;
  }

  all(): readonly ContactView[] {
    return [...this.#contacts.values()];
  }

  /** The members, all of them: who is left out has left the mesh. True when anything changed. */
  learn(members: readonly KnownMember[], now: number): boolean {
    const next = new Map(
      members.flatMap((known) => (known.peerId === this.#self ? [] : [[known.peerId, known]])),
    );
    let isChanged = false;
    for (const id of [...this.#contacts.keys()]) {
      if (!next.has(id)) isChanged = this.#contacts.delete(id) || isChanged;
    }
    for (const [id, known] of next) {
      const contact = this.#contacts.get(id);
      if (contact === undefined) this.#contacts.set(id, this.#newContact(known, now));
      else if (sameMember(contact.known, known)) continue;
      else {
        contact.known = known;
        contact.notBefore = now; // it may answer at its new address
        contact.failures = 0;
      }
      isChanged = true;
    }
    return isChanged;
  }

  connected(id: PeerId, now: number): void {
    this.#connected.add(id);
    const contact = this.#contacts.get(id);
    if (contact === undefined) return;
    contact.state = 'alive';
    contact.since = now;
  }

  disconnected(id: PeerId, now: number): void {
    this.#connected.delete(id);
    const contact = this.#contacts.get(id);
    if (contact === undefined) return;
    if (now - contact.since >= STABLE_AFTER_MS) contact.failures = 0;
    this.#failed(contact, now);
  }

  /** A dial ended, well or not. True when the member was found unreachable by it. */
  dialled(id: PeerId, now: number): boolean {
    const contact = this.#contacts.get(id);
    if (contact === undefined) return false;
    contact.isDialling = false;
    if (contact.state === 'alive' || contact.notBefore > now) return false;
    const wasUnreachable = contact.state === 'unreachable';
    this.#failed(contact, now);
    return !wasUnreachable;
  }

  /** Whom to dial now, in random order; each is held as being dialled until {@link dialled}. */
  due(now: number): readonly KnownMember[] {
    const dialling = [...this.#contacts.values()].filter((contact) => contact.isDialling).length;
    const room = WANTED_CONNECTIONS - this.#connected.size - dialling;
    if (room <= 0) return [];
    const chosen = this.#shuffled(
      [...this.#contacts.values()].filter(
        ({ known, state, isDialling, notBefore }) =>
          state !== 'alive' && !isDialling && notBefore <= now && known.addresses.length > 0,
      ),
    ).slice(0, room);
    for (const contact of chosen) contact.isDialling = true;
    return chosen.map(({ known }) => ({
      ...known,
      addresses: known.addresses.slice(0, MAX_ADDRESSES),
    }));
  }

  #newContact(known: KnownMember, now: number): Contact {
    const state = this.#connected.has(known.peerId) ? 'alive' : 'unknown';
    return { known, state, since: now, isDialling: false, failures: 0, notBefore: now };
  }

  #failed(contact: Contact, now: number): void {
    if (contact.state !== 'unreachable') contact.since = now;
    contact.state = 'unreachable';
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** contact.failures, LONGEST_BACKOFF_MS);
    contact.failures = Math.min(contact.failures + 1, MAX_DOUBLINGS);
    contact.notBefore = now + (backoffMs / 2) * (1 + this.#random.fraction());
  }

  #shuffled<T>(items: readonly T[]): readonly T[] {
    return items
      .map((item) => [this.#random.fraction(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }
}

/** Enough to reach the longest backoff; more would only grow a number. */
const MAX_DOUBLINGS = 10;

const sameMember = (a: KnownMember, b: KnownMember): boolean =>
  a.name === b.name &&
  a.addresses.length === b.addresses.length &&
  a.addresses.every((address, i) => address === b.addresses[i]);

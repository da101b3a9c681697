import type { Random } from '../../ports/index.ts';
import type { Handle } from './roster.ts';

/**
 * `alive`: it answers, or nothing speaks against it yet. `suspect`: accused, and it has not answered since.
 * `dead`: this node concluded so. `left`: it took leave.
 */
export type MemberState = 'alive' | 'suspect' | 'dead' | 'left';

const STATES: readonly (MemberState | undefined)[] = [
  undefined,
  'alive',
  'suspect',
  'dead',
  'left',
];
const CODES: Readonly<Record<MemberState, number>> = { alive: 1, suspect: 2, dead: 3, left: 4 };

/** What is known of one member. */
export interface MemberFacts {
  /** 0: not heard yet. */
  readonly incarnation: number;
  /** When it last answered, in this clock's monotonic milliseconds, to a tenth of a second. */
  readonly lastContactAt: number | undefined;
  /** Of its last direct answer, to a tenth of a millisecond; at most 6.5 s. */
  readonly roundTripMs: number | undefined;
}

const CONTACT_MS = 100;
const ROUND_TRIP_MS = 0.1;
const LONGEST_ROUND_TRIP = 0xffff;
/** Random places looked at before all are, in turn. */
const TRIES = 8;

/**
 * What is kept of every member, 15 bytes each, in arrays indexed by handle: a mesh of n nodes in one process
 * holds n² of these. What was never written costs no memory.
 */
export class MemberTable {
  #states = new Uint8Array(64);
  #incarnations = new Float64Array(64);
  #contacts = new Uint32Array(64);
  #roundTrips = new Uint16Array(64);
  readonly #counts = [0, 0, 0, 0, 0];
  readonly #lives: ((member: Handle) => void) | undefined;
  #places = 0;

  /** `lives` is told of each that is alive from now on. */
  constructor(lives?: (member: Handle) => void) {
    this.#lives = lives;
  }

  /** One more than the highest handle that was ever known. */
  get places(): number {
    return this.#places;
  }

  count(state: MemberState): number {
    return this.#counts[CODES[state]] ?? 0;
  }

  /** Members that are alive as far as this node knows, suspects among them. */
  get living(): number {
    return this.count('alive') + this.count('suspect');
  }

  state(member: Handle): MemberState | undefined {
    return STATES[this.#states[member] ?? 0];
  }

  /** Undefined: it is not known any more. */
  setState(member: Handle, state: MemberState | undefined): void {
    this.#reserve(member);
    const code = state === undefined ? 0 : CODES[state];
    const before = this.#states[member] ?? 0;
    this.#counts[before] = (this.#counts[before] ?? 0) - 1;
    this.#counts[code] = (this.#counts[code] ?? 0) + 1;
    this.#states[member] = code;
    if (state === 'alive') this.#lives?.(member);
  }

  incarnation(member: Handle): number {
    return this.#incarnations[member] ?? 0;
  }

  setIncarnation(member: Handle, incarnation: number): void {
    if (this.#incarnations[member] !== incarnation) this.#incarnations[member] = incarnation;
  }

  contacted(member: Handle, now: number): void {
    this.#contacts[member] = Math.floor(now / CONTACT_MS) + 1;
  }

  measured(member: Handle, roundTripMs: number): void {
    const measured = Math.max(1, Math.round(roundTripMs / ROUND_TRIP_MS));
    this.#roundTrips[member] = Math.min(measured, LONGEST_ROUND_TRIP);
  }

  facts(member: Handle): MemberFacts {
    const contact = this.#contacts[member] ?? 0;
    const roundTrip = this.#roundTrips[member] ?? 0;
    return {
      incarnation: this.incarnation(member),
      lastContactAt: contact === 0 ? undefined : (contact - 1) * CONTACT_MS,
      roundTripMs: roundTrip === 0 ? undefined : roundTrip * ROUND_TRIP_MS,
    };
  }

  forget(member: Handle): void {
    if (this.state(member) === undefined) return;
    this.setState(member, undefined);
    this.setIncarnation(member, 0);
    this.#contacts[member] = 0;
    this.#roundTrips[member] = 0;
  }

  /** One in that state, each equally likely as long as they are not few; undefined when there is none. */
  pick(state: MemberState, random: Random): Handle | undefined {
    const code = CODES[state];
    if (this.#counts[code] === 0) return undefined;
    let at = 0;
    for (let tries = 0; tries < TRIES; tries++) {
      at = Math.floor(random.fraction() * this.#places);
      if (this.#states[at] === code) return at;
    }
    for (let step = 0; step < this.#places; step++) {
      if (this.#states[at] === code) return at;
      at = at + 1 === this.#places ? 0 : at + 1;
    }
    return undefined;
  }

  #reserve(member: Handle): void {
    if (member >= this.#places) this.#places = member + 1;
    if (member < this.#states.length) return;
    const length = Math.max(this.#states.length * 2, member + 1);
    const states = new Uint8Array(length);
    const incarnations = new Float64Array(length);
    const contacts = new Uint32Array(length);
    const roundTrips = new Uint16Array(length);
    states.set(this.#states);
    incarnations.set(this.#incarnations);
    contacts.set(this.#contacts);
    roundTrips.set(this.#roundTrips);
    this.#states = states;
    this.#incarnations = incarnations;
    this.#contacts = contacts;
    this.#roundTrips = roundTrips;
  }
}

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
const FIRST_PLACES = 64;
/** How much more room is made than is needed: of tables of ten thousand members, a double would cost too much. */
const GROWTH = 1.25;

/** Per member, side by side: its state with its round trip in the upper half, its last contact, its incarnation. */
const WORDS = 4;
const STATE = 0;
const CONTACT = 1;
const LOW_INCARNATION = 2;
const HIGH_INCARNATION = 3;
const STATE_BITS = 0xffff;
const ROUND_TRIP_SHIFT = 16;
const HIGH = 2 ** 32;

/**
 * What is kept of every member, 16 bytes each: a mesh of n nodes in one process holds n² of these, and whoever asks
 * for one thing of a member asks for another.
 */
export class MemberTable {
  #words = new Uint32Array(FIRST_PLACES * WORDS);
  readonly #counts = [0, 0, 0, 0, 0];
  /** Few, most often none: to look for one of them among all would take as long as there are members. */
  readonly #dead: Handle[] = [];
  #lives: ((member: Handle) => void) | undefined;
  #places = 0;

  /** `lives` is told of each that is alive from now on. */
  onLife(lives: (member: Handle) => void): void {
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
    return STATES[this.#codeOf(member)];
  }

  /** Undefined: it is not known any more. */
  setState(member: Handle, state: MemberState | undefined): void {
    if (member >= this.#places) {
      this.reserve(member + 1);
      this.#places = member + 1;
    }
    const code = state === undefined ? 0 : CODES[state];
    const before = this.#codeOf(member);
    this.#counts[before] = (this.#counts[before] ?? 0) - 1;
    this.#counts[code] = (this.#counts[code] ?? 0) + 1;
    this.#set(member, STATE, (this.#of(member, STATE) & ~STATE_BITS) | code);
    if (before === CODES.dead) this.#dead.splice(this.#dead.indexOf(member), 1);
    if (state === 'dead') this.#dead.push(member);
    if (state === 'alive') this.#lives?.(member);
  }

  incarnation(member: Handle): number {
    return this.#of(member, HIGH_INCARNATION) * HIGH + this.#of(member, LOW_INCARNATION);
  }

  setIncarnation(member: Handle, incarnation: number): void {
    this.#set(member, LOW_INCARNATION, incarnation % HIGH);
    this.#set(member, HIGH_INCARNATION, Math.floor(incarnation / HIGH));
  }

  contacted(member: Handle, now: number): void {
    this.#set(member, CONTACT, Math.floor(now / CONTACT_MS) + 1);
  }

  measured(member: Handle, roundTripMs: number): void {
    const measured = Math.max(1, Math.round(roundTripMs / ROUND_TRIP_MS));
    const roundTrip = Math.min(measured, LONGEST_ROUND_TRIP);
    const code = this.#codeOf(member);
    this.#set(member, STATE, (roundTrip << ROUND_TRIP_SHIFT) | code);
  }

  facts(member: Handle): MemberFacts {
    const contact = this.#of(member, CONTACT);
    const roundTrip = this.#of(member, STATE) >>> ROUND_TRIP_SHIFT;
    return {
      incarnation: this.incarnation(member),
      lastContactAt: contact === 0 ? undefined : (contact - 1) * CONTACT_MS,
      roundTripMs: roundTrip === 0 ? undefined : roundTrip * ROUND_TRIP_MS,
    };
  }

  forget(member: Handle): void {
    if (this.state(member) === undefined) return;
    this.setState(member, undefined);
    this.#words.fill(0, member * WORDS, (member + 1) * WORDS);
  }

  /** One that is alive, each equally likely as long as they are not few; undefined when there is none. */
  pickAlive(random: Random): Handle | undefined {
    if (this.count('alive') === 0) return undefined;
    let at = 0;
    for (let tries = 0; tries < TRIES; tries++) {
      at = Math.floor(random.fraction() * this.#places);
      if (this.#codeOf(at) === CODES.alive) return at;
    }
    for (let step = 0; step < this.#places; step++) {
      if (this.#codeOf(at) === CODES.alive) return at;
      at = at + 1 === this.#places ? 0 : at + 1;
    }
    return undefined;
  }

  /** One that is dead, each equally likely; undefined when there is none. */
  pickDead(random: Random): Handle | undefined {
    if (this.#dead.length === 0) return undefined;
    return this.#dead[Math.floor(random.fraction() * this.#dead.length)];
  }

  /** Makes room for so many members, if there is less. */
  reserve(places: number): void {
    const room = this.#words.length / WORDS;
    if (places <= room) return;
    const words = new Uint32Array(Math.max(places, Math.ceil(room * GROWTH)) * WORDS);
    words.set(this.#words);
    this.#words = words;
  }

  #codeOf(member: Handle): number {
    return this.#of(member, STATE) & STATE_BITS;
  }

  #of(member: Handle, word: number): number {
    return member < this.#places ? (this.#words[member * WORDS + word] ?? 0) : 0;
  }

  #set(member: Handle, word: number, value: number): void {
    this.#words[member * WORDS + word] = value;
  }
}

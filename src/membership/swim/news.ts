import type { Random } from '../../ports/index.ts';
import type { DetectorOutput } from './detector-output.ts';
import { MAX_STATEMENTS } from './limits.ts';
import type { MemberTable } from './member-table.ts';
import type { Statement } from './message.ts';
import type { Profile } from './profile.ts';
import type { Handle } from './roster.ts';
import { Rumours } from './rumours.ts';

const NONE: readonly Statement[] = [];

/** While thousands of statements wait, so many times more datagrams are sent. */
const MAX_HURRY = 4;

export interface NewsOptions {
  readonly profile: Profile;
  readonly random: Random;
  readonly out: DetectorOutput;
  readonly table: MemberTable;
  /** False: later news has overtaken it. */
  isCurrent(statement: Statement): boolean;
}

/** Passes on what is new: along with other datagrams, and in some of its own while there is any. */
export class News {
  readonly #options: NewsOptions;
  readonly #rumours: Rumours;
  #isArmed = false;

  constructor(options: NewsOptions) {
    this.#options = options;
    this.#rumours = new Rumours(options.isCurrent);
  }

  /** Statements that wait to be passed on. */
  get waiting(): number {
    return this.#rumours.size;
  }

  tell(statement: Statement, now: number): void {
    this.#rumours.add(statement);
    const { profile, random } = this.#options;
    if (!this.#isArmed) this.#arm(profile.rumourMs * random.fraction(), now);
  }

  /** For an answer, beside so many statements of its own: how many of these there are is for others to say. */
  forAnswer(beside = 0): readonly Statement[] {
    return this.#rumours.look(MAX_STATEMENTS - beside);
  }

  /** For a question that this node sends anyway, beside so many statements of its own. */
  some(beside = 0): readonly Statement[] {
    if (this.#rumours.size === 0) return NONE;
    return this.#rumours.take(MAX_STATEMENTS - beside, this.#maxSends());
  }

  forget(member: Handle): void {
    this.#rumours.forget(member);
  }

  /** Its timer is over. */
  expired(now: number): void {
    this.#isArmed = false;
    const { profile } = this.#options;
    const datagrams = Math.ceil(this.#rumours.size / MAX_STATEMENTS);
    const most = profile.rumourFanout * MAX_HURRY;
    this.spread(Math.min(Math.max(datagrams, profile.rumourFanout), most));
    if (this.#rumours.size > 0) this.#arm(profile.rumourMs, now);
  }

  /** Sends so many datagrams of news to random members. */
  spread(datagrams: number): void {
    const { table, random, out } = this.#options;
    for (let i = 0; i < datagrams; i++) {
      const to = table.pickAlive(random);
      if (to === undefined) return;
      const statements = this.some();
      if (statements.length === 0) return;
      out.send(to, { body: RUMOUR, statements });
    }
  }

  #arm(delayMs: number, now: number): void {
    this.#isArmed = true;
    this.#options.out.after(delayMs, { purpose: 'rumour', about: 0, dueAt: now + delayMs });
  }

  #maxSends(): number {
    const { profile, table } = this.#options;
    return profile.rumourMultiplier * Math.ceil(Math.log10(table.living + 2));
  }
}

export const RUMOUR = { type: 'rumour' } as const;

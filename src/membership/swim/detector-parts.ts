import type { Random } from '../../ports/index.ts';
import type { DetectorOutput } from './detector-output.ts';
import type { LocalHealth } from './local-health.ts';
import type { MemberTable } from './member-table.ts';
import type { News } from './news.ts';
import type { OwnLife } from './own-life.ts';
import type { Profile } from './profile.ts';
import type { Handle } from './roster.ts';
import type { Statements } from './statements.ts';

/** What a detector is made with. */
export interface DetectorOptions {
  readonly self: Handle;
  /** Under which all know that member, and this node: in the order of tags each asks the next. */
  readonly tagOf: (member: Handle) => string;
  /** Its start, durably counted, times {@link INCARNATIONS_PER_START}. */
  readonly incarnation: number;
  readonly profile: Profile;
  readonly random: Random;
  readonly statements: Statements;
  /** What it finds out, for others to read; its own when left out. */
  readonly table?: MemberTable;
  readonly out: DetectorOutput;
}

/** What its parts share. */
export interface DetectorParts extends Omit<DetectorOptions, 'incarnation'> {
  readonly table: MemberTable;
  readonly health: LocalHealth;
  readonly life: OwnLife;
  readonly news: News;
}

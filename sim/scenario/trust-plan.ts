import type { Fault } from './fault.ts';
import type { NetworkPlan } from './scenario.ts';

/** What an authority does whose online key is in a thief's hands. It has no other key. */
export const TRUST_DEEDS = [
  /** What was in force long ago, under higher numbers. */
  'older-lists',
  /** Two publications under one number, each told to some. */
  'two-under-one-number',
  /** A team's list that too few of it signed. */
  'unsigned-lists',
  /** Numbers as high as they go, so that nothing comes after them. */
  'burned-numbers',
] as const;

export type TrustDeed = (typeof TRUST_DEEDS)[number];

/** Which of the authorities, from 0. */
export type AuthorityNumber = number;

/** Parts of a mesh that do not hear each other for a while. */
export interface Parting {
  readonly atS: number;
  readonly forS: number;
  /** How large each side is, as a share of all; the rest is on the last one. */
  readonly shares: readonly number[];
  /** The side that each authority is on. */
  readonly sideOf: readonly number[];
}

/** People sign a rule on top of what one node has in force, and hand it in there. */
export interface PlannedChange {
  readonly atS: number;
  /** Where: at this authority, or at any member that is with it. */
  readonly authority: AuthorityNumber;
  readonly through: 'itself' | 'member';
  /** The list, by its number: 0 is that of the governors, the others those of teams. */
  readonly list: number;
  /** Who of those whose list it is, by number: too few now and then. */
  readonly people: readonly number[];
}

export interface AuthorityCrash {
  readonly atS: number;
  readonly authority: AuthorityNumber;
  readonly lostWrites: number;
  readonly backAfterS: number;
}

export interface LyingSpell {
  readonly authority: AuthorityNumber;
  readonly deed: TrustDeed;
  readonly atS: number;
  readonly forS: number;
}

/** A bad day of those who say what is in force: plain data, drawn from a seed. */
export interface TrustPlan {
  readonly nodes: number;
  readonly authorities: number;
  readonly network: NetworkPlan;
  readonly partings: readonly Parting[];
  readonly changes: readonly PlannedChange[];
  readonly crashes: readonly AuthorityCrash[];
  /** Slow members and losses. */
  readonly faults: readonly Extract<Fault, { kind: 'slow' | 'late' | 'loss' }>[];
  readonly liar?: LyingSpell;
}

/** When the last parting has healed, and everybody who fell is up again. */
export const healedS = ({ partings, crashes, faults, liar }: TrustPlan): number =>
  Math.max(
    0,
    ...[...partings, ...faults, ...(liar === undefined ? [] : [liar])].map(
      ({ atS, forS }) => atS + forS,
    ),
    ...crashes.map(({ atS, backAfterS }) => atS + backAfterS),
  );

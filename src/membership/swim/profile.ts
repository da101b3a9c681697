/**
 * How patient a detector is: everything that depends on the network and on how busy hosts are. n is the number
 * of living members, this node among them.
 */
export interface Profile {
  /**
   * How often a member is pinged, by turns the successor and a random one, and the step of all that follows:
   * unanswered after one period, others are asked, and then it is over a stream; unanswered after two, the probe has failed.
   * Multiplied by 1 + local health. Above the round trip of nearly all pairs.
   */
  readonly periodMs: number;
  /** Members that are asked to ping one that did not answer (SWIM's k). */
  readonly helpers: number;
  /** How long one of those waits for the answer before it says that there is none; sooner than a period. */
  readonly nackMs: number;
  /**
   * How long these are waited for before the member itself is asked over a stream: for most datagrams that are lost
   * by chance, a way around is found sooner, and a connection costs as much as a hundred of them. At least so much
   * sooner than a period as it takes to connect.
   */
  readonly streamMs: number;
  /** With four accusers or more, suspicion lasts `suspicionPeriods` × max(1, log10 n) × `periodMs`. */
  readonly suspicionPeriods: number;
  /** With a single one so many times as long (Lifeguard's beta), in between by the logarithm of their number. */
  readonly suspicionMaxFactor: number;
  /** Within this time of hearing an accusation the accused is asked, at random, so that not all ask at once. */
  readonly checkWithinMs: number;
  /** Local health goes from 0 (well) to this; 0: it is not looked at. */
  readonly healthMax: number;
  /**
   * A period that begins this late proves this process slow: it counts for nothing. Infinity: lateness is not
   * looked at.
   */
  readonly lateMs: number;
  /** Whether a ping tells a suspected member that it is suspected, so that it can say that it lives. */
  readonly buddy: boolean;
  /** How often news is told, in datagrams of its own, while there is any. */
  readonly rumourMs: number;
  /** To how many members it is told each time, at random; to more while there is much of it. */
  readonly rumourFanout: number;
  /** Each statement is passed on `rumourMultiplier` × ⌈log10(n + 1)⌉ times. */
  readonly rumourMultiplier: number;
  /**
   * How often one of the dead is pinged, at random, so that healed partitions find each other: by all, and after two
   * minutes, unless many are dead, by some ten for each; at once while they answer.
   */
  readonly reviveMs: number;
}

export const ROUND_PERIODS = 2;

/** One local area, or regions of one continent: round trips of up to 200 ms. */
const lan: Profile = {
  periodMs: 500,
  helpers: 3,
  nackMs: 300,
  streamMs: 125,
  suspicionPeriods: 1.5,
  suspicionMaxFactor: 6,
  checkWithinMs: 500,
  healthMax: 8,
  lateMs: 125,
  buddy: true,
  rumourMs: 100,
  rumourFanout: 3,
  rumourMultiplier: 3,
  reviveMs: 2_000,
};

/** Nodes of one host: quick for whoever tries things out, patient with a host that is busy. */
const local: Profile = {
  ...lan,
  periodMs: 250,
  nackMs: 150,
  streamMs: 60,
  suspicionPeriods: 3,
  checkWithinMs: 250,
  lateMs: 60,
  rumourMs: 50,
  reviveMs: 1_000,
};

/** Round trips of up to half a second, and losses in bursts. */
const wan: Profile = {
  ...lan,
  periodMs: 1_500,
  nackMs: 900,
  streamMs: 375,
  suspicionPeriods: 2,
  checkWithinMs: 1_500,
  lateMs: 375,
  rumourMs: 250,
  reviveMs: 5_000,
};

export const PROFILES = { local, lan, wan } as const;
export type ProfileName = keyof typeof PROFILES;

import { type Fault, faultEndS } from './fault.ts';

/** How bytes travel while nothing is wrong. */
export interface NetworkPlan {
  /** Between two nodes of one region. */
  readonly roundTripMs: number;
  /** Between nodes of different regions; regions are dealt out in turn. */
  readonly farRoundTripMs: number;
  readonly regions: number;
  /** Of what a way takes, at most so much more, evenly drawn: 0.2 is up to a fifth. */
  readonly jitter: number;
  /** Shares of all packets. */
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
}

/** All that a run is made of, but for its seed: plain data. */
export interface Scenario {
  readonly name: string;
  readonly nodes: number;
  /** Of virtual time, in which changes are made and faults happen; afterwards all must come to agree. */
  readonly minutes: number;
  /** Settled: each knows all, as after days. Cold: each knows a few addresses, as in a mesh that just begins. */
  readonly start: 'settled' | 'cold';
  readonly profile: 'local' | 'lan' | 'wan';
  /** Off: the same failure detector without Lifeguard's three measures, to compare. */
  readonly lifeguard: boolean;
  readonly network: NetworkPlan;
  /** Endpoints that come, change or go, in the whole mesh. */
  readonly changesPerSecond: number;
  readonly faults: readonly Fault[];
}

/** A network of one data centre: 50 ms round trip and 1 % loss, which is bad for one. */
export const PLAIN_NETWORK: NetworkPlan = {
  roundTripMs: 50,
  farRoundTripMs: 50,
  regions: 1,
  jitter: 0.2,
  loss: 0.01,
  duplication: 0,
  reordering: 0,
};

/** When the last fault is over, in seconds. */
export const calmFromS = ({ faults }: Scenario): number => Math.max(0, ...faults.map(faultEndS));

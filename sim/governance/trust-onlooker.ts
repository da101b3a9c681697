import {
  Agreement,
  type Check,
  KeptChanges,
  RisingVersions,
  SignedLists,
} from '../checks/index.ts';
import type { CheckResult } from '../report/index.ts';
import { healedS, type TrustPlan } from '../scenario/index.ts';
import type { Campaign } from './campaign.ts';
import type { GovernedMesh } from './governed-mesh.ts';

/** After the last fault, within which all must have one set in force. */
const ONE_SET_BOUND_MS = 60_000;
/** In which people take out an authority that left no numbers. */
const RIDDANCE_BOUND_MS = 60_000;
/** Virtual time between two words to whoever waits. */
const PROGRESS_MS = 1_000;
/** How often it is looked at whether all is well. */
const LOOK_MS = 250;

/** Looks at a governed mesh from outside, and lets time pass until all is well or it is too late for that. */
export class TrustOnlooker {
  readonly #mesh: GovernedMesh;
  readonly #campaign: Campaign;
  readonly #merged: Agreement;
  readonly #agreement: Agreement;
  readonly #checks: readonly Check[];

  constructor(mesh: GovernedMesh, campaign: Campaign) {
    this.#mesh = mesh;
    this.#campaign = campaign;
    const connected = {
      reliable: () => [...mesh.reliable()].filter((node) => node !== campaign.loner),
      digestOf: mesh.digestOf.bind(mesh),
    };
    this.#merged = new Agreement(
      connected,
      ONE_SET_BOUND_MS,
      'all that hear each other have one trust set in force 60 s after the last fault',
    );
    this.#agreement = new Agreement(
      mesh,
      ONE_SET_BOUND_MS,
      'so has a node that was cut off through it all, 60 s after it is back',
    );
    this.#checks = [
      this.#merged,
      this.#agreement,
      new SignedLists(mesh.government),
      new RisingVersions(),
      new KeptChanges(mesh),
      campaign,
    ];
    for (const check of this.#checks) mesh.watch(check);
  }

  get mergedMs(): number | undefined {
    return this.#merged.reachedMs;
  }

  get agreementMs(): number | undefined {
    return this.#agreement.reachedMs;
  }

  /** To the end of all that is planned, and on until all agree: first those that hear each other, then all. */
  watch(plan: TrustPlan, progress: (share: number) => void): void {
    const { world } = this.#mesh;
    const healedMs = healedS(plan) * 1_000;
    for (let at = 0; at < healedMs; at += PROGRESS_MS) {
      world.runUntil(at);
      progress(at / healedMs);
    }
    world.runUntil(healedMs);
    this.#campaign.ridNumbers();
    this.#await(RIDDANCE_BOUND_MS, () => this.#campaign.isRid);
    this.#await(ONE_SET_BOUND_MS, (ms) => this.#merged.look(ms));
    this.#campaign.bringBack();
    this.#await(ONE_SET_BOUND_MS, (ms) => this.#agreement.look(ms));
  }

  /** Different sets that are in force somewhere. */
  sets(): number {
    return new Set([...this.#mesh.reliable()].map((node) => this.#mesh.digestOf(node))).size;
  }

  results(): readonly CheckResult[] {
    return this.#checks.map((check) => ({ promise: check.promise, breaches: check.breaches() }));
  }

  #await(boundMs: number, isReached: (afterMs: number) => boolean): void {
    const { world } = this.#mesh;
    const from = world.now;
    for (let ms = 0; ms <= boundMs; ms += LOOK_MS) {
      world.runUntil(from + ms);
      if (isReached(ms)) return;
    }
  }
}

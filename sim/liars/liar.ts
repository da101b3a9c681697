import type { NodeName } from '../../src/core/index.ts';
import type { Gossip } from '../../src/ports/index.ts';
import { RECORD_TOPIC } from '../../src/replication/index.ts';
import type { Disguise, Identity } from '../mesh/index.ts';
import type { Deed, Fault } from '../scenario/index.ts';
import { type SimProcess, WORLD_EPOCH } from '../world/index.ts';
import { LyingDatagrams } from './lying-datagrams.ts';
import { LyingGossip } from './lying-gossip.ts';
import { RECORD_LIES } from './record-lies.ts';

/** How often a liar says what nobody asked for. */
const LIE_MS = 1_000;
const NOTHING: ReadonlySet<Deed> = new Set();

/**
 * A member that lies for a while: the rooms of an honest one, behind connections that are not what they take
 * them for, and somebody beside them who publishes what he likes. Everything is signed with its own key.
 */
export class Liar implements Disguise {
  readonly #identity: Identity;
  readonly #plan: Extract<Fault, { kind: 'liars' }>;
  readonly #victims: readonly NodeName[];
  readonly #deeds: ReadonlySet<Deed>;
  #serial = 0;
  #hasEquivocated = false;

  constructor(
    identity: Identity,
    plan: Extract<Fault, { kind: 'liars' }>,
    victims: readonly NodeName[],
  ) {
    this.#identity = identity;
    this.#plan = plan;
    this.#victims = victims;
    this.#deeds = new Set(plan.deeds);
  }

  /** Has it signed two values under one sequence, and told them? */
  get hasEquivocated(): boolean {
    return this.#hasEquivocated;
  }

  gossip(inner: Gossip, life: SimProcess): Gossip {
    const gossip = new LyingGossip(inner, life.random, () => this.#deedsNow(life));
    life.clock.every(LIE_MS, () => this.#publish(gossip, life));
    return gossip;
  }

  datagrams(inner: SimProcess['datagrams'], life: SimProcess): LyingDatagrams {
    const datagrams = new LyingDatagrams(inner, life, this.#identity.seals, () =>
      this.#deedsNow(life),
    );
    life.clock.every(LIE_MS, () => datagrams.lie());
    return datagrams;
  }

  #deedsNow(life: SimProcess): ReadonlySet<Deed> {
    const atS = (life.clock.now() - WORLD_EPOCH) / 1_000;
    const { atS: from, forS } = this.#plan;
    return atS >= from && atS < from + forS ? this.#deeds : NOTHING;
  }

  #publish(gossip: LyingGossip, life: SimProcess): void {
    const liar = {
      writer: this.#identity.writer,
      random: life.random,
      victims: this.#victims,
      heard: gossip.heard,
      now: () => life.clock.now(),
      next: () => this.#serial++,
    };
    for (const deed of this.#deedsNow(life)) {
      if (deed === 'equivocate') this.#hasEquivocated = true;
      for (const lie of RECORD_LIES[deed]?.(liar) ?? []) void gossip.publish(RECORD_TOPIC, lie);
    }
  }
}

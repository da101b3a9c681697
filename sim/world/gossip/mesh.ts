import type { Link } from './connection.ts';
import type { Frame } from './lane.ts';
import {
  KEPT_BY_SCORE,
  LEAST_MESH_DEGREE,
  LEAST_OUTBOUND,
  MESH_DEGREE,
  MOST_MESH_DEGREE,
  PRUNE_BACKOFF_MS,
} from './limits.ts';
import type { Topics } from './topics.ts';
import { CONTROL_BYTES } from './wire-cost.ts';

/**
 * Per topic, the few peers that messages are passed on to at once, both ways. Kept at its degree in
 * heartbeats.
 */
export class Mesh {
  readonly #topics: Topics;
  /** By member and topic: until when it stays out. */
  readonly #backoffs = new Map<number, number>();
  /** Something changed since the last heartbeat, or may change yet. */
  #isUntended = false;

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  /** The mesh is to be looked at in the next heartbeat. */
  tend(): void {
    this.#isUntended = true;
    this.#topics.heartbeat.wake();
  }

  /** This member follows `topic` from now on. */
  join(topic: number): void {
    this.#graftSome(topic, MESH_DEGREE, () => true);
  }

  /** The other end said what it follows. */
  learn(link: Link, topics: number): void {
    link.topics |= topics;
    this.tend();
    for (let topic = 0; topics >> topic !== 0; topic++) {
      const isShared = (topics & this.#topics.followed & (1 << topic)) !== 0;
      if (!isShared || this.#size(topic) >= LEAST_MESH_DEGREE) continue;
      if (this.#isCandidate(link, topic)) this.#graft(link, topic);
    }
  }

  /** A connection ended. */
  lost(link: Link): void {
    if (link.mesh !== 0) this.tend();
  }

  /** Each heartbeat. True when it is to be looked at again in the next. */
  beat(): boolean {
    if (this.#isUntended) this.#keepUpAll();
    return this.#isUntended;
  }

  #keepUpAll(): void {
    const { followed } = this.#topics;
    let isMore = false;
    for (let topic = 0; followed >> topic !== 0; topic++) {
      if (followed & (1 << topic)) isMore = this.#keepUp(topic) || isMore;
    }
    this.#isUntended = isMore;
  }

  /** True when the mesh is too small and may grow when someone may come back. */
  #keepUp(topic: number): boolean {
    const { circles } = this.#topics;
    if (this.#topics.hasOffenders) {
      for (const link of circles.of(topic).inside) {
        if (this.#topics.score(link) < 0) this.#prune(link, topic);
      }
    }
    const { inside, outbound } = circles.of(topic);
    if (inside.length < LEAST_MESH_DEGREE) {
      this.#graftSome(topic, MESH_DEGREE - inside.length, () => true);
      const now = circles.of(topic);
      return now.inside.length < LEAST_MESH_DEGREE && now.outside.length > 0;
    }
    if (inside.length > MOST_MESH_DEGREE) this.#shrink(topic);
    else if (outbound < LEAST_OUTBOUND) {
      this.#graftSome(topic, LEAST_OUTBOUND - outbound, (link) => link.isOutbound);
    }
    return false;
  }

  #graftSome(topic: number, count: number, isWanted: (link: Link) => boolean): void {
    const { own } = this.#topics;
    const candidates = own.links.filter((link) => isWanted(link) && this.#isCandidate(link, topic));
    for (const link of own.some(candidates, count)) this.#graft(link, topic);
  }

  /** Keeps the best, then those that this member dialled as far as needed, then any. */
  #shrink(topic: number): void {
    const { own } = this.#topics;
    const members = this.#topics.circles.of(topic).inside;
    const best = own
      .shuffled(members)
      .toSorted((a, b) => this.#topics.score(b) - this.#topics.score(a));
    const kept = new Set(best.slice(0, KEPT_BY_SCORE));
    const keep = (links: readonly Link[], until: number): void => {
      for (const link of links) if (kept.size < until) kept.add(link);
    };
    const outbound = best.filter((link) => link.isOutbound);
    keep(outbound.slice(0, LEAST_OUTBOUND), MESH_DEGREE);
    keep(best, MESH_DEGREE);
    for (const link of members) if (!kept.has(link)) this.#prune(link, topic);
  }

  /** Counted anew: while members meet, who stands where changes between any two questions. */
  #size(topic: number): number {
    let size = 0;
    for (const link of this.#topics.own.links) size += (link.mesh >> topic) & 1;
    return size;
  }

  #isCandidate(link: Link, topic: number): boolean {
    const bit = 1 << topic;
    if (!(link.topics & bit) || link.mesh & bit || this.#topics.score(link) < 0) return false;
    return !this.#isBackedOff(link, topic);
  }

  #graft(link: Link, topic: number): void {
    link.mesh |= 1 << topic;
    link.send('control', CONTROL_BYTES, graft(topic));
  }

  /** The other end wants this member in its mesh: it is in, or is told no. */
  grafted(link: Link, topic: number): void {
    const bit = 1 << topic;
    if (!(this.#topics.followed & bit) || link.mesh & bit) return;
    const isFull = this.#size(topic) >= MOST_MESH_DEGREE && !link.isOutbound;
    if (isFull || this.#topics.score(link) < 0 || this.#isBackedOff(link, topic)) {
      this.#prune(link, topic);
    } else {
      link.mesh |= bit;
      this.tend();
    }
  }

  pruned(link: Link, topic: number): void {
    link.mesh &= ~(1 << topic);
    this.#backOff(link, topic);
    this.tend();
  }

  #prune(link: Link, topic: number): void {
    link.mesh &= ~(1 << topic);
    this.#backOff(link, topic);
    link.send('control', CONTROL_BYTES, prune(topic));
  }

  #isBackedOff(link: Link, topic: number): boolean {
    if (this.#backoffs.size === 0) return false;
    const until = this.#backoffs.get(backoffKey(link, topic));
    return until !== undefined && this.#topics.own.now < until;
  }

  #backOff(link: Link, topic: number): void {
    const { now } = this.#topics.own;
    for (const [key, until] of this.#backoffs) if (until <= now) this.#backoffs.delete(key);
    this.#backoffs.set(backoffKey(link, topic), now + PRUNE_BACKOFF_MS);
  }
}

const backoffKey = (link: Link, topic: number): number => link.other.own.number * 32 + topic;

const graft = (topic: number): Frame => ({
  digest: topic,
  arrive: (at) => at.own.topics.mesh.grafted(at, topic),
});

const prune = (topic: number): Frame => ({
  digest: topic,
  arrive: (at) => at.own.topics.mesh.pruned(at, topic),
});

import type { Link } from './connection.ts';
import type { Frame } from './lane.ts';
import { GOSSIP_BEATS, GOSSIP_THRESHOLD, LEAST_TOLD, TOLD_SHARE } from './limits.ts';
import type { Published } from './published.ts';
import type { Topics } from './topics.ts';
import { CONTROL_BYTES, MESSAGE_ID_BYTES } from './wire-cost.ts';

/** Of one topic, in the order in which they came. */
interface Kept {
  readonly messages: Published[];
  /** Of each, the number of the last heartbeat in which it is told of. */
  readonly lastBeats: number[];
}

/**
 * The messages of the last seconds. Members outside of the mesh are told of them (IHAVE), and may
 * ask for what they lack (IWANT): so a message gets past a hole in the mesh.
 */
export class Memory {
  readonly #topics: Topics;
  /** By topic. */
  readonly #kept: (Kept | undefined)[] = [];
  #beats = 0;

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  keep(published: Published): void {
    const { topic } = published;
    const kept = this.#kept[topic] ?? { messages: [], lastBeats: [] };
    this.#kept[topic] = kept;
    kept.messages.push(published);
    kept.lastBeats.push(this.#beats + GOSSIP_BEATS);
    this.#topics.heartbeat.wake();
  }

  /** Each heartbeat. True while there is anything to tell. */
  beat(): boolean {
    this.#beats++;
    let isMore = false;
    for (let topic = 0; topic < this.#kept.length; topic++) {
      const kept = this.#kept[topic];
      if (kept === undefined || kept.messages.length === 0) continue;
      this.#tell(topic, kept.messages);
      this.#forget(kept);
      isMore ||= kept.messages.length > 0;
    }
    return isMore;
  }

  #forget({ messages, lastBeats }: Kept): void {
    while (lastBeats[0] !== undefined && lastBeats[0] <= this.#beats) {
      messages.shift();
      lastBeats.shift();
    }
  }

  #tell(topic: number, messages: readonly Published[]): void {
    const { own, circles } = this.#topics;
    const circle = circles.of(topic);
    const outside = this.#wellThoughtOf(circle.outside);
    const most = Math.max(LEAST_TOLD, Math.floor(TOLD_SHARE * outside.length));
    const bytes = CONTROL_BYTES + messages.length * MESSAGE_ID_BYTES;
    // Who has all of it does nothing when it is told: the bytes count, nothing happens.
    if (messages.every((one) => one.isSeenByAll(circle.outsideNumbers))) {
      own.count('control', bytes, Math.min(most, outside.length));
      return;
    }
    for (const link of own.some(outside, most)) {
      const lacking = messages.filter((one) => !one.isSeen(link.farNumber));
      if (lacking.length > 0) link.send('control', bytes, iHave(lacking));
      else own.count('control', bytes);
    }
  }

  #wellThoughtOf(links: readonly Link[]): readonly Link[] {
    const topics = this.#topics;
    if (!topics.hasOffenders) return links;
    return links.filter((link) => topics.score(link) >= GOSSIP_THRESHOLD);
  }
}

const iHave = (messages: readonly Published[]): Frame => ({
  digest: messages.length,
  arrive(at) {
    const { own } = at;
    if (own.topics.score(at) < GOSSIP_THRESHOLD) return;
    const wanted = messages.filter(
      (one) => own.topics.followed & (1 << one.topic) && !one.isSeen(own.number),
    );
    if (wanted.length === 0) return;
    at.send('control', CONTROL_BYTES + wanted.length * MESSAGE_ID_BYTES, iWant(wanted));
  },
});

const iWant = (messages: readonly Published[]): Frame => ({
  digest: messages.length,
  arrive(at) {
    const { topics } = at.own;
    if (topics.score(at) < GOSSIP_THRESHOLD) return;
    for (const one of messages) topics.send(one, at);
  },
});

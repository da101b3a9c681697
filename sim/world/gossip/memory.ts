import type { Link } from './connection.ts';
import type { Frame } from './lane.ts';
import { GOSSIP_BEATS, GOSSIP_THRESHOLD, LEAST_TOLD, MEMORY_BEATS, TOLD_SHARE } from './limits.ts';
import type { Published } from './published.ts';
import type { Topics } from './topics.ts';
import { CONTROL_BYTES, MESSAGE_ID_BYTES } from './wire-cost.ts';

interface Kept {
  readonly published: Published;
  /** Heartbeats that it has lived through. */
  beats: number;
}

/**
 * The messages of the last seconds. Members outside of the mesh are told of them (IHAVE), and may
 * ask for what they lack (IWANT): so a message gets past a hole in the mesh.
 */
export class Memory {
  readonly #topics: Topics;
  #kept: Kept[] = [];

  constructor(topics: Topics) {
    this.#topics = topics;
    topics.mesh.onBeat(() => this.#beat());
  }

  keep(published: Published): void {
    this.#kept.push({ published, beats: 0 });
    this.#topics.mesh.tend();
  }

  /** Each heartbeat. True while there is anything to tell or to keep. */
  #beat(): boolean {
    if (this.#kept.length === 0) return false;
    for (const kept of this.#kept) kept.beats++;
    const fresh = this.#kept.filter(({ beats }) => beats <= GOSSIP_BEATS);
    const { followed } = this.#topics;
    for (let topic = 0; followed >> topic !== 0; topic++) {
      const messages = fresh.flatMap(({ published }) =>
        published.topic === topic ? published : [],
      );
      if (messages.length > 0) this.#tell(topic, messages);
    }
    this.#kept = this.#kept.filter(({ beats }) => beats < MEMORY_BEATS);
    return this.#kept.length > 0;
  }

  #tell(topic: number, messages: readonly Published[]): void {
    const { own, circles } = this.#topics;
    const outside = this.#wellThoughtOf(circles.of(topic).outside);
    const count = Math.max(LEAST_TOLD, Math.floor(TOLD_SHARE * outside.length));
    const bytes = CONTROL_BYTES + messages.length * MESSAGE_ID_BYTES;
    for (const link of own.some(outside, count)) {
      // Who has all of it does nothing when it is told: the bytes count, nothing happens.
      if (messages.every((one) => one.isSeen(link.farNumber))) link.count('control', bytes);
      else
        link.send('control', bytes, iHave(messages.filter((one) => !one.isSeen(link.farNumber))));
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

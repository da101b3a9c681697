import type { Link } from './connection.ts';
import type { Frame } from './lane.ts';
import { GOSSIP_BEATS, GOSSIP_THRESHOLD, LEAST_TOLD, TOLD_SHARE } from './limits.ts';
import type { Published } from './published.ts';
import type { Topics } from './topics.ts';
import { CONTROL_BYTES, MESSAGE_ID_BYTES } from './wire-cost.ts';

interface Kept {
  readonly published: Published;
  /** The number of the last heartbeat in which it is told of. */
  readonly lastBeat: number;
}

/**
 * The messages of the last seconds. Members outside of the mesh are told of them (IHAVE), and may
 * ask for what they lack (IWANT): so a message gets past a hole in the mesh.
 */
export class Memory {
  readonly #topics: Topics;
  /** In the order in which they came. */
  readonly #kept: Kept[] = [];
  #beats = 0;

  constructor(topics: Topics) {
    this.#topics = topics;
    topics.mesh.onBeat(() => this.#beat());
  }

  keep(published: Published): void {
    this.#kept.push({ published, lastBeat: this.#beats + GOSSIP_BEATS });
    this.#topics.mesh.wake();
  }

  /** Each heartbeat. True while there is anything to tell. */
  #beat(): boolean {
    const kept = this.#kept;
    if (kept.length === 0) return false;
    this.#beats++;
    const { followed } = this.#topics;
    for (let topic = 0; followed >> topic !== 0; topic++) {
      const messages = kept.filter(({ published }) => published.topic === topic);
      if (messages.length > 0) this.#tell(topic, messages);
    }
    while (kept[0] !== undefined && kept[0].lastBeat <= this.#beats) kept.shift();
    return kept.length > 0;
  }

  #tell(topic: number, messages: readonly Kept[]): void {
    const { own, circles } = this.#topics;
    const outside = this.#wellThoughtOf(circles.of(topic).outside);
    const count = Math.max(LEAST_TOLD, Math.floor(TOLD_SHARE * outside.length));
    const bytes = CONTROL_BYTES + messages.length * MESSAGE_ID_BYTES;
    let heldAll = 0;
    for (const link of own.some(outside, count)) {
      const lacks = ({ published }: Kept): boolean => !published.isSeen(link.farNumber);
      if (!messages.some(lacks)) heldAll++;
      else link.send('control', bytes, iHave(messages.filter(lacks)));
    }
    // Who has all of it does nothing when it is told: the bytes count, nothing happens.
    own.count('control', bytes, heldAll);
  }

  #wellThoughtOf(links: readonly Link[]): readonly Link[] {
    const topics = this.#topics;
    if (!topics.hasOffenders) return links;
    return links.filter((link) => topics.score(link) >= GOSSIP_THRESHOLD);
  }
}

const iHave = (messages: readonly Kept[]): Frame => ({
  digest: messages.length,
  arrive(at) {
    const { own } = at;
    if (own.topics.score(at) < GOSSIP_THRESHOLD) return;
    const wanted = messages
      .map(({ published }) => published)
      .filter((one) => own.topics.followed & (1 << one.topic) && !one.isSeen(own.number));
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

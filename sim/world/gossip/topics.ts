import type { Log, PeerId, TopicVerdict } from '../../../src/ports/index.ts';
import { Circles } from './circles.ts';
import type { Link } from './connection.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Frame } from './lane.ts';
import {
  IGNORE_THRESHOLD,
  LARGE_MESSAGE_BYTES,
  MAX_MESSAGE_BYTES,
  PUBLISH_THRESHOLD,
} from './limits.ts';
import { Memory } from './memory.ts';
import { Mesh } from './mesh.ts';
import { Offences } from './offences.ts';
import { Published } from './published.ts';
import type { SimGossip } from './sim-gossip.ts';
import { CONTROL_BYTES, ENVELOPE_BYTES, MESSAGE_ID_BYTES } from './wire-cost.ts';

type Receive = (message: Uint8Array, from: PeerId) => TopicVerdict;

/** One member's part in gossipsub: what it follows, whom it passes messages on to, what it remembers. */
export class Topics {
  readonly own: SimGossip;
  readonly mesh: Mesh;
  readonly circles: Circles;
  readonly heartbeat: Heartbeat;
  readonly #log: Log;
  readonly #memory: Memory;
  /** By topic. */
  readonly #receivers: (Receive | undefined)[] = [];
  readonly #offenders = new Map<PeerId, Offences>();
  /** A bit for each topic that it follows. */
  #followed = 0;

  constructor(own: SimGossip, log: Log) {
    this.own = own;
    this.#log = log;
    this.circles = new Circles(() => own.links);
    this.mesh = new Mesh(this);
    this.#memory = new Memory(this);
    this.heartbeat = new Heartbeat(this);
  }

  get followed(): number {
    return this.#followed;
  }

  subscribe(name: string, receive: Receive): void {
    const topic = this.own.host.network.overlay.topic(name);
    this.#receivers[topic] = receive;
    if (this.#followed & (1 << topic)) return;
    this.#followed |= 1 << topic;
    for (const link of this.own.links) this.#announce(link, 1 << topic);
    this.mesh.join(topic);
  }

  /** To all peers that follow it, as gossipsub publishes (it floods the first hop only). */
  publish(name: string, message: Uint8Array): void {
    if (message.length > MAX_MESSAGE_BYTES) {
      throw new Error(
        `a message of ${message.length} bytes; at most ${MAX_MESSAGE_BYTES} are spread`,
      );
    }
    const { overlay } = this.own.host.network;
    const topic = overlay.topic(name);
    const published = new Published(topic, message.slice(), overlay.members);
    published.see(this.own.number, this.own.now);
    this.#memory.keep(published);
    for (const link of this.own.links) {
      const isFollowing = (link.topics & (1 << topic)) !== 0;
      if (isFollowing && this.score(link) >= PUBLISH_THRESHOLD) this.send(published, link);
    }
  }

  /** A connection is open: its other end is told what this member follows. */
  meet(link: Link): void {
    if (this.#followed !== 0) this.#announce(link, this.#followed);
  }

  /** What there is to do in a heartbeat; true when there will be more in the next. */
  beat(): boolean {
    const isMeshUntended = this.mesh.beat();
    return this.#memory.beat() || isMeshUntended;
  }

  received(published: Published, at: Link): void {
    const { now, number } = this.own;
    if (this.score(at) < IGNORE_THRESHOLD || !published.see(number, now)) return;
    const receive = this.#receivers[published.topic];
    if (receive === undefined) return;
    if (published.bytes.length >= LARGE_MESSAGE_BYTES) this.#declineCopies(published.topic, at);
    const verdict = this.#judge(published, at, receive);
    if (verdict === 'reject') this.#offend(at);
    if (verdict !== 'accept') return;
    this.#memory.keep(published);
    for (const link of this.circles.of(published.topic).inside) {
      if (link !== at) this.send(published, link);
    }
  }

  /** Sends a message, unless the peer said in time that it has it. */
  send(published: Published, link: Link): void {
    const { now } = this.own;
    const bytes = ENVELOPE_BYTES + published.bytes.length;
    const seenAt = published.seenAt(link.farNumber);
    if (seenAt <= now) {
      // It would be thrown away there: its bytes count, and nothing happens.
      const isDeclined =
        published.bytes.length >= LARGE_MESSAGE_BYTES && seenAt + link.backMs <= now;
      if (!isDeclined) this.own.count('message', bytes);
      return;
    }
    link.send('message', bytes, published);
  }

  /** Has anybody delivered what was rejected? */
  get hasOffenders(): boolean {
    return this.#offenders.size > 0;
  }

  /** 0, or below it for who delivered what was rejected. */
  score(link: Link): number {
    if (this.#offenders.size === 0) return 0;
    return this.#offenders.get(link.peer.id)?.score(this.own.now) ?? 0;
  }

  #judge(published: Published, at: Link, receive: Receive): TopicVerdict {
    try {
      return receive(published.bytes, at.peer.id);
    } catch (error) {
      // As the real adapter does: our failure, nobody is punished, nothing is passed on unjudged.
      this.#log.error('receiver of a topic failed', { error, peerId: at.peer.id });
      return 'ignore';
    }
  }

  #offend(at: Link): void {
    let offences = this.#offenders.get(at.peer.id);
    if (offences === undefined) {
      offences = new Offences();
      this.#offenders.set(at.peer.id, offences);
    }
    offences.add(this.own.now);
    this.mesh.tend();
  }

  /** To all in the mesh but the one it came from. Only the bytes count here: who declined is seen where copies are sent. */
  #declineCopies(topic: number, from: Link): void {
    const { inside } = this.circles.of(topic);
    const told = inside.length - (from.mesh & (1 << topic) ? 1 : 0);
    this.own.count('control', CONTROL_BYTES + MESSAGE_ID_BYTES, told);
  }

  #announce(link: Link, topics: number): void {
    const frame: Frame = { digest: topics, arrive: (at) => at.own.topics.mesh.learn(at, topics) };
    link.send('control', CONTROL_BYTES, frame);
  }
}

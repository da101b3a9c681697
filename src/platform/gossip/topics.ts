import { type GossipSub, type Message, TopicValidatorResult } from '@libp2p/gossipsub';
import type { Log, PeerId, TopicVerdict } from '../../ports/index.ts';
import { PlatformError } from '../errors.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import type { Offences } from './offences.ts';

const RESULTS: Readonly<Record<TopicVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/** What spreads to all subscribers. */
export class Topics {
  readonly #pubsub: GossipSub;
  readonly #offences: Offences;
  readonly #log: Log;

  constructor(pubsub: GossipSub, offences: Offences, log: Log) {
    this.#pubsub = pubsub;
    this.#offences = offences;
    this.#log = log;
  }

  /** @throws PlatformError MESSAGE_TOO_LARGE */
  async publish(topic: string, message: Uint8Array): Promise<void> {
    if (message.length > MAX_MESSAGE_BYTES) {
      const detail = `a message of ${message.length} bytes; at most ${MAX_MESSAGE_BYTES} are spread`;
      throw new PlatformError('MESSAGE_TOO_LARGE', detail);
    }
    await this.#pubsub.publish(topic, message);
  }

  subscribe(topic: string, receive: (message: Uint8Array, from: PeerId) => TopicVerdict): void {
    this.#pubsub.topicValidators.set(topic, (peer, message) => {
      const from = peer.toString();
      const verdict = this.#judge(topic, message, from, receive);
      if (verdict === 'reject') this.#offences.add(from);
      return RESULTS[verdict];
    });
    this.#pubsub.subscribe(topic);
  }

  #judge(
    topic: string,
    message: Message,
    from: PeerId,
    receive: (message: Uint8Array, from: PeerId) => TopicVerdict,
  ): TopicVerdict {
    if (message.data.length > MAX_MESSAGE_BYTES) return 'reject';
    try {
      return receive(message.data, from);
    } catch (error) {
      // Our failure, not the sender's: nobody is punished, and nothing is passed on unjudged.
      this.#log.error('receiver of a topic failed', { topic, peerId: from, error });
      return 'ignore';
    }
  }
}

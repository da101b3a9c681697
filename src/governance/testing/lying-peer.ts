import { sha256Hex } from '../../crypto/index.ts';
import type { Gossip } from '../../ports/index.ts';
import { encodeOffer, type TrustFiles, type TrustOffer } from '../repository/index.ts';
import {
  decodeRequest,
  encodeAnnouncement,
  encodeContents,
  TRUST_PROTOCOL,
  TRUST_TOPIC,
} from '../sync/messages.ts';
import { answerRequest } from '../sync/offers.ts';
import { LinkedGossip } from './linked-gossip.ts';
import { opened } from './mesh.ts';

/** Says what it likes where others speak of trust: whole repositories, or any bytes at all. */
export class TrustLies {
  readonly #gossip: Gossip;

  constructor(gossip: Gossip) {
    this.#gossip = gossip;
  }

  /** Answers as an honest node that holds `files` would: whole, or by what the asker lacks. */
  hold(files: TrustFiles): void {
    const repository = opened(files);
    this.#serve((bytes) => {
      const request = decodeRequest(bytes);
      if (!request.ok) throw new Error(request.error);
      return answerRequest(repository, [], request.value);
    });
  }

  /** Offers this, whatever it is asked, and then the contents of it. */
  offer(offered: TrustOffer): void {
    this.#serve((bytes) => {
      const request = decodeRequest(bytes);
      if (request.ok && request.value.want === 'contents') return encodeContents(offered.contents);
      return encodeOffer(offered);
    });
  }

  say(answer: Uint8Array): void {
    this.#serve(() => answer);
  }

  /** Says that it has something newer than anybody. */
  async boast(
    root = 1,
    random: Uint8Array = crypto.getRandomValues(new Uint8Array(8)),
  ): Promise<void> {
    const digest = sha256Hex(random);
    const announced = { root, timestamp: 2 ** 31 - 1, digest, forks: [] };
    await this.#gossip.publish(TRUST_TOPIC, encodeAnnouncement(announced));
  }

  #serve(answer: (request: Uint8Array) => Uint8Array): void {
    this.#gossip.serve(TRUST_PROTOCOL, async (request) => answer(request));
  }
}

/** A member of which nothing is known but its lies. */
export class LyingPeer extends TrustLies {
  readonly gossip: LinkedGossip;

  constructor(name: string) {
    const gossip = new LinkedGossip(name);
    super(gossip);
    this.gossip = gossip;
  }
}

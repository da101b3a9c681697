import type { Clock, Random, SocketAddress, Timer } from '../ports/index.ts';
import { TWIN_ID_BYTES, type TwinMessage } from './wire/index.ts';

/** Questions to one address before nobody is there: each of them may be lost. */
const TRIES = 4;
/** Between two questions to one address: the longest round trip after which an answer settles it. */
const RETRY_MS = 150;
/** Between two questions back to who asks: two processes need no more to settle it. */
const ASK_BACK_EVERY_MS = 1_000;
/** Addresses asked at one time: one of a moved node, and those who ask. */
const MAX_ASKED = 16;

/** Another process that holds this node's key, and began before this one. */
export interface Twin {
  readonly address: SocketAddress;
  /** For how long it has run. */
  readonly runningMs: number;
}

export interface TwinsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly send: (message: TwinMessage, to: SocketAddress) => void;
  /** It has started so often, by its own word: who goes on is to say more than that, or is taken for a replay. */
  readonly rivalled: (boot: number) => void;
  /** Told once, of the first earlier one that answers. */
  readonly found: (twin: Twin) => void;
}

interface Asked {
  readonly nonce: string;
  triesLeft: number;
  timer: Timer | undefined;
  /** Nobody answered, or the question is settled. */
  readonly over: () => void;
}

/**
 * Finds other processes that hold this node's key, as after its data directory was copied to a second host.
 * The one that began later is to stop; which one that is, both see by how long they have run. Only an answer
 * to a question of one's own counts, so nothing that was recorded does.
 */
export class Twins {
  readonly #options: TwinsOptions;
  /** By which this process knows its own words. */
  readonly #instance: string;
  readonly #startedAt: number;
  readonly #asked = new Map<string, Asked>();
  #askedBackAt = Number.NEGATIVE_INFINITY;
  #isSettled = false;

  constructor(options: TwinsOptions) {
    this.#options = options;
    this.#instance = this.#randomId();
    this.#startedAt = options.clock.monotonic();
  }

  /** Asks whoever is at this address whether it holds the key; resolves when that is settled, within a second. */
  ask(address: SocketAddress): Promise<void> {
    const key = `${address.host}:${address.port}`;
    if (this.#isSettled || this.#asked.size >= MAX_ASKED || this.#asked.has(key))
      return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const over = () => {
      this.#asked.get(key)?.timer?.cancel();
      this.#asked.delete(key);
      resolve();
    };
    const asked = { nonce: this.#randomId(), triesLeft: TRIES, timer: undefined, over };
    this.#asked.set(key, asked);
    this.#tryOn(asked, address);
    return promise;
  }

  /** `boot`: how often the other has started. */
  heard(message: TwinMessage, from: SocketAddress, boot: number): void {
    if (message.instance === this.#instance) return; // thrown back at us
    if (message.type === 'twin-answer') {
      this.#answered(message, from, boot);
      return;
    }
    if (!this.#isSettled) this.#options.rivalled(boot);
    this.#answer(message.nonce, from);
  }

  /** Asks nobody any more, and whoever waits for an answer waits no longer. */
  stop(): void {
    this.#isSettled = true;
    for (const { over } of [...this.#asked.values()]) over();
  }

  #tryOn(asked: Asked, address: SocketAddress): void {
    if (asked.triesLeft === 0) {
      asked.over();
      return;
    }
    asked.triesLeft -= 1;
    const { clock, send } = this.#options;
    send({ type: 'twin-question', nonce: asked.nonce, instance: this.#instance }, address);
    asked.timer = clock.after(RETRY_MS, () => this.#tryOn(asked, address));
  }

  #answer(nonce: string, from: SocketAddress): void {
    const { clock, send } = this.#options;
    const now = clock.monotonic();
    const runningMs = Math.floor(now - this.#startedAt);
    send({ type: 'twin-answer', nonce, instance: this.#instance, runningMs }, from);
    if (now < this.#askedBackAt + ASK_BACK_EVERY_MS) return;
    this.#askedBackAt = now;
    void this.ask(from); // it may be the earlier one
  }

  #answered(
    { nonce, instance, runningMs }: TwinMessage & { type: 'twin-answer' },
    from: SocketAddress,
    boot: number,
  ): void {
    for (const asked of this.#asked.values()) {
      if (asked.nonce !== nonce) continue;
      const ownMs = Math.floor(this.#options.clock.monotonic() - this.#startedAt);
      const isEarlier = runningMs > ownMs || (runningMs === ownMs && instance < this.#instance);
      asked.over();
      if (this.#isSettled) return;
      this.#isSettled = isEarlier;
      if (isEarlier) this.#options.found({ address: from, runningMs });
      else this.#options.rivalled(boot);
      return;
    }
  }

  #randomId(): string {
    return this.#options.random.bytes(TWIN_ID_BYTES).toHex();
  }
}

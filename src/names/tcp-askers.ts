import type { Channel, ChannelHandlers, Clock, Timer } from '../ports/index.ts';
import { type Asker, isOfThisHost } from './asker.ts';
import { QUESTION_BYTES, TCP_ASKERS, TCP_IDLE_MS } from './limits.ts';
import { encodeStreamMessage, StreamMessages } from './stream-messages.ts';

/** Answers one question; resolves when it was sent, or there is nothing to be said. */
export type AnswerOne = (
  bytes: Uint8Array,
  asker: Asker,
  send: (answer: Uint8Array) => void,
) => Promise<void>;

/** The connections over which programs ask (RFC 7766): bounded in number, and closed when they lie idle. */
export class TcpAskers {
  readonly #clock: Clock;
  readonly #answer: AnswerOne;
  #count = 0;

  constructor(clock: Clock, answer: AnswerOne) {
    this.#clock = clock;
    this.#answer = answer;
  }

  accept(channel: Channel, asker: Asker): ChannelHandlers {
    this.#count += 1;
    const isWelcome = this.#count <= TCP_ASKERS && isOfThisHost(asker);
    const idle = new IdleTimer(this.#clock, () => channel.close());
    if (isWelcome) idle.begin();
    else channel.close();
    const messages = new StreamMessages(QUESTION_BYTES);
    const send = (answer: Uint8Array) => channel.send(encodeStreamMessage(answer));
    const take = async (message: Uint8Array) => {
      idle.pause();
      await this.#answer(message, asker, send);
      idle.begin();
    };
    return {
      bytes(chunk) {
        const complete = messages.push(chunk);
        if (!complete.ok || !isWelcome) channel.close();
        else for (const message of complete.value) void take(message);
      },
      closed: () => {
        this.#count -= 1;
        idle.end();
      },
    };
  }
}

/** Runs out when nothing was under way for {@link TCP_IDLE_MS}. */
class IdleTimer {
  readonly #clock: Clock;
  readonly #ranOut: () => void;
  #timer: Timer | undefined;
  #paused = 1;
  #hasEnded = false;

  constructor(clock: Clock, ranOut: () => void) {
    this.#clock = clock;
    this.#ranOut = ranOut;
  }

  /** Something is under way. */
  pause(): void {
    this.#paused += 1;
    this.#timer?.cancel();
  }

  /** One thing less is under way. */
  begin(): void {
    this.#paused -= 1;
    if (this.#paused > 0 || this.#hasEnded) return;
    this.#timer = this.#clock.after(TCP_IDLE_MS, this.#ranOut);
  }

  end(): void {
    this.#hasEnded = true;
    this.#timer?.cancel();
  }
}

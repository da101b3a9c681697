import { FrameReader } from '../core/index.ts';
import type { Channel, ChannelHandlers, Clock, Timer } from '../ports/index.ts';
import { NodeError } from './errors.ts';

/** Turns a channel into turns: one side waits for the other's next message, with a deadline. */
export class FrameConversation {
  readonly #reader: FrameReader;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #arrived: Uint8Array[] = [];
  #waiting: PromiseWithResolvers<Uint8Array> | undefined;
  #problem: string | undefined;

  constructor(options: { maxFrameBytes: number; timeoutMs: number; clock: Clock }) {
    this.#reader = new FrameReader(options.maxFrameBytes);
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  readonly handlers = (channel: Channel): ChannelHandlers => ({
    bytes: (bytes) => {
      const frames = this.#reader.push(bytes);
      if (!frames.ok) {
        this.#end(`it sent ${frames.error}`);
        channel.close();
        return;
      }
      for (const frame of frames.value) this.#deliver(frame, channel);
    },
    closed: () => this.#end('it closed the connection'),
  });

  /** The other side's next message. @throws NodeError JOIN_BROKEN_OFF when none comes */
  async next(): Promise<Uint8Array> {
    const ready = this.#arrived.shift();
    if (ready !== undefined) return ready;
    if (this.#problem !== undefined) throw ended(this.#problem);
    const waiting = Promise.withResolvers<Uint8Array>();
    this.#waiting = waiting;
    const deadline: Timer = this.#clock.after(this.#timeoutMs, () =>
      this.#end(`it did not answer within ${this.#timeoutMs} ms`),
    );
    return await waiting.promise.finally(() => deadline.cancel());
  }

  #deliver(frame: Uint8Array, channel: Channel): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) waiting.resolve(frame);
    else if (this.#arrived.length === 0) this.#arrived.push(frame);
    else {
      // Turns alternate: whoever speaks twice more than it was asked is not one of ours.
      this.#end('it spoke out of turn');
      channel.close();
    }
  }

  #end(problem: string): void {
    this.#problem ??= problem;
    this.#waiting?.reject(ended(this.#problem));
    this.#waiting = undefined;
  }
}

const ended = (problem: string): NodeError =>
  new NodeError('JOIN_BROKEN_OFF', `the conversation with the authority ended: ${problem}`);

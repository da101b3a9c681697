import { connectUnix, PlatformError } from '../platform/index.ts';
import type { Channel, ChannelHandlers, Clock, Log, Random } from '../ports/index.ts';
import {
  encodeMessage,
  MessageStream,
  type NodeMessage,
  type SidecarMessage,
} from '../snapshot/index.ts';
import { RECONNECT_MS } from './options.ts';

export interface NodeLinkParts {
  /** The node's `workload.sock`. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Said first on each connection. */
  readonly hello: () => SidecarMessage;
  readonly received: (message: NodeMessage) => void;
  /** The node speaks otherwise than this version does; it is asked again all the same. */
  readonly notUnderstood: (reason: string) => void;
}

/**
 * A sidecar's connection to its node, made again for as long as it takes: the sidecar goes on with what
 * it has meanwhile.
 */
export class NodeLink {
  readonly #parts: NodeLinkParts;
  #channel: Channel | undefined;
  #problem: PlatformError | undefined;
  readonly #lost = new WeakSet<Channel>();
  #attempts = 0;
  /** The node was there, and has not been missed in the log yet. */
  #hasBeenLost = false;
  #isStopped = false;
  /** What happens to the node is no news any more. */
  #isEnding = false;

  constructor(parts: NodeLinkParts) {
    this.#parts = parts;
  }

  start(): void {
    void this.#connect();
  }

  /** The sidecar ends: a connection that is lost now is neither missed nor made again. */
  ending(): void {
    this.#isEnding = true;
  }

  stop(): void {
    this.#isStopped = true;
    this.#channel?.close();
  }

  /** Why the last attempt to connect came to nothing; undefined when none did. */
  get problem(): PlatformError | undefined {
    return this.#problem;
  }

  /** Dropped while there is no connection: everything that matters is said again after hello. */
  send(message: SidecarMessage): void {
    this.#channel?.send(encodeMessage(message));
  }

  async #connect(): Promise<void> {
    const { path, hello, log } = this.#parts;
    try {
      const channel = await connectUnix(path, (opened) => this.#handlers(opened));
      if (this.#isStopped) return channel.close();
      if (this.#lost.has(channel)) return; // its end was told before its beginning
      this.#channel = channel;
      this.#problem = undefined;
      channel.send(encodeMessage(hello()));
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.#problem = error;
      // Told at the first attempt that fails: whoever stops everything at once hears of no loss.
      if (this.#hasBeenLost) log.warn('node connection lost, going on with the last snapshot');
      else if (this.#attempts === 0) {
        log.warn('node not reachable, trying again', { path, reason: error.message });
      }
      this.#hasBeenLost = false;
      this.#later();
    }
  }

  #handlers(channel: Channel): ChannelHandlers {
    const { log } = this.#parts;
    const messages = MessageStream.ofNode();
    let isWelcome = false;
    return {
      bytes: (bytes) => {
        const read = messages.push(bytes);
        if (!read.ok) {
          log.error('the node is not understood', { reason: read.error });
          channel.close();
          this.#parts.notUnderstood(read.error);
          return;
        }
        for (const message of read.value) {
          if (message.type === 'welcome') isWelcome = true;
          if (message.type === 'snapshot') this.#attempts = 0; // it came as far as it can
          this.#handOn(message);
        }
      },
      closed: () => {
        this.#lost.add(channel);
        this.#channel = undefined;
        if (this.#isStopped || this.#isEnding) return;
        this.#hasBeenLost = isWelcome; // a refusal was told already, and is asked about again
        this.#later();
      },
    };
  }

  /** What goes wrong with one message must neither end the connection nor go unsaid. */
  #handOn(message: NodeMessage): void {
    try {
      this.#parts.received(message);
    } catch (error) {
      this.#parts.log.error('a message of the node was not followed', {
        type: message.type,
        error,
      });
    }
  }

  #later(): void {
    const { clock, random } = this.#parts;
    const delayMs = Math.min(RECONNECT_MS.first * 2 ** this.#attempts, RECONNECT_MS.longest);
    this.#attempts = Math.min(this.#attempts + 1, 16);
    clock.after(delayMs * (0.5 + random.fraction() / 2), () => {
      if (!this.#isStopped && !this.#isEnding) void this.#connect();
    });
  }
}

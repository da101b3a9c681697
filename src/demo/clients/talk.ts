import { realClock } from '../../platform/index.ts';
import { SERVICE_HOST } from '../services/service.ts';
import type { Ending, HeldOpen } from './held-open.ts';

/** How a WebSocket was closed (RFC 6455 section 7.1.5); without a handshake its code is 1006. */
export interface Goodbye {
  readonly code: number;
  readonly reason: string;
}

const NO_HANDSHAKE = 1_006;

/** A WebSocket, opened as a browser would. */
export class Talk implements HeldOpen {
  /** Everything that was heard: text, and binary as bytes. */
  readonly heard: (string | Uint8Array)[] = [];
  readonly #socket: WebSocket;
  #goodbye: Goodbye | undefined;
  #endedMs = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.heard.push(typeof data === 'string' ? data : new Uint8Array(data));
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.#endedMs = realClock.monotonic();
      this.#goodbye = { code, reason };
    });
  }

  /** Rejects when the handshake is refused, or takes longer than `timeoutMs`. */
  static open(port: number, path: string, timeoutMs: number): Promise<Talk> {
    const socket = new WebSocket(`ws://${SERVICE_HOST}:${port}${path}`);
    socket.binaryType = 'arraybuffer';
    const talk = new Talk(socket);
    return new Promise((resolve, reject) => {
      const limit = realClock.after(timeoutMs, () => socket.close());
      socket.addEventListener('open', () => {
        limit.cancel();
        resolve(talk);
      });
      socket.addEventListener('close', ({ reason }) => {
        limit.cancel();
        reject(new Error(`no WebSocket at ${path}: ${reason}`));
      });
      socket.addEventListener('error', () => undefined); // 'close' follows
    });
  }

  say(message: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(message);
  }

  /** Undefined while it is open. */
  goodbye(): Goodbye | undefined {
    return this.#goodbye;
  }

  ending(): Ending | undefined {
    if (this.#goodbye === undefined) return undefined;
    const how = this.#goodbye.code === NO_HANDSHAKE ? 'broken' : 'whole';
    return { atMs: this.#endedMs, how };
  }

  close(code = 1_000, reason = ''): void {
    this.#socket.close(code, reason);
  }
}

import { eventually } from '../../ports/testing/index.ts';

/** A plain TCP client that keeps what it reads, for tests to look at. */
export class RawClient {
  /** All bytes received, as Latin-1. */
  text = '';
  ended = false;
  closed = false;
  error: string | undefined;
  #socket: Bun.Socket<unknown> | undefined;

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const client = new RawClient();
    client.#socket = await Bun.connect({
      hostname: host,
      port,
      allowHalfOpen: true,
      socket: {
        data: (_socket, bytes) => {
          client.text += bytes.toString('latin1');
        },
        end: () => {
          client.ended = true;
        },
        close: (_socket, error) => {
          client.closed = true;
          client.error = error?.message;
        },
        error: () => undefined,
      },
    });
    return client;
  }

  /** Sends little: what fits into the kernel's buffer. */
  send(text: string): this {
    const taken = this.#socket?.write(Buffer.from(text, 'latin1'));
    if (taken !== text.length) throw new Error(`the socket took ${taken} of ${text.length} bytes`);
    return this;
  }

  /** Sends as much of it as is taken. */
  push(text: string): void {
    this.#socket?.write(Buffer.from(text, 'latin1'));
  }

  pause(): void {
    (this.#socket as unknown as { pause(): void }).pause(); // Bun has it untyped
  }

  resume(): void {
    (this.#socket as unknown as { resume(): void }).resume(); // as above
  }

  /** Closes the write side. */
  shutdown(): this {
    this.#socket?.shutdown();
    return this;
  }

  reset(): void {
    this.#socket?.terminate();
  }

  async reads(text: string, deadlineMs?: number): Promise<string> {
    const show = () => `read '${text}' (got '${this.text.slice(-400)}', closed: ${this.closed})`;
    try {
      await eventually('', () => this.text.includes(text), deadlineMs);
    } catch {
      throw new Error(`expected to have ${show()}`);
    }
    return this.text;
  }

  /** Waits for the end of what the other side sends. */
  async finish(): Promise<string> {
    await eventually(`the end of '${this.text.slice(-200)}'`, () => this.ended || this.closed);
    return this.text;
  }
}

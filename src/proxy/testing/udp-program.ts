import { bunDatagrams } from '../../platform/index.ts';
import type { SocketAddress } from '../../ports/index.ts';
import { eventually } from '../../ports/testing/index.ts';

const LOOPBACK = '127.0.0.1';

/** A program with a socket for datagrams: an application that others send to, or a client. */
export class UdpProgram {
  /** What came, as Latin-1, in order. */
  readonly heard: string[] = [];
  /** From where each came. */
  readonly from: SocketAddress[] = [];
  readonly port: number;
  readonly #socket;

  /** `answer`: what is sent back to each, if anything. */
  constructor(answer: (text: string) => string | undefined = () => undefined, port = 0) {
    this.#socket = bunDatagrams.bind(
      { host: LOOPBACK, port },
      {
        received: (bytes, from) => {
          const text = Buffer.from(bytes).toString('latin1');
          this.heard.push(text);
          this.from.push(from);
          const back = answer(text);
          if (back !== undefined) this.#socket.send(Buffer.from(back, 'latin1'), from);
        },
      },
    );
    this.port = this.#socket.port;
  }

  send(text: string, port: number, host = LOOPBACK): this {
    this.#socket.send(Buffer.from(text, 'latin1'), { host, port });
    return this;
  }

  /** Waits until so many came. */
  hears(count: number): Promise<void> {
    return eventually(`${count} datagrams`, () => this.heard.length >= count);
  }

  stop(): void {
    this.#socket.close();
  }
}

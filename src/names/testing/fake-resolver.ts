import { decode, encode, type Packet } from 'dns-packet';
import { bunDatagrams, tcpChannels } from '../../platform/index.ts';
import type { ChannelListener, DatagramSocket, SocketAddress } from '../../ports/index.ts';
import { encodeStreamMessage, StreamMessages } from '../stream-messages.ts';

/** A resolver on loopback that keeps what it is asked and answers as a test says. */
export class FakeResolver {
  /** What came, and from where. */
  readonly asked: { readonly bytes: Buffer; readonly from: SocketAddress }[] = [];
  readonly at: SocketAddress;
  readonly #socket: DatagramSocket;
  readonly #listener: ChannelListener;

  private constructor(at: SocketAddress, socket: DatagramSocket, listener: ChannelListener) {
    this.at = at;
    this.#socket = socket;
    this.#listener = listener;
  }

  /** Answers each question, over the transport that it came by, with all that `answers` gives. */
  static async start(
    answers: (question: Buffer) => readonly Uint8Array[] = (question) => [
      FakeResolver.answer(question),
    ],
  ): Promise<FakeResolver> {
    const host = '127.0.0.1';
    const take = (bytes: Uint8Array, from: SocketAddress) => {
      const question = Buffer.from(bytes);
      resolver.asked.push({ bytes: question, from });
      return answers(question);
    };
    const listener = tcpChannels.listen({ host, port: 0 }, (channel, from) => {
      const messages = new StreamMessages(65_535);
      return {
        bytes(chunk) {
          const complete = messages.push(chunk);
          for (const message of complete.ok ? complete.value : []) {
            for (const answer of take(message, from)) channel.send(encodeStreamMessage(answer));
          }
        },
        closed() {},
      };
    });
    const { port } = listener;
    const socket = bunDatagrams.bind(
      { host, port },
      {
        received(bytes, from) {
          for (const answer of take(bytes, from)) socket.send(answer, from);
        },
      },
    );
    const resolver = new FakeResolver({ host, port }, socket, listener);
    return resolver;
  }

  /** A good answer, or one that differs as `other` says. */
  static answer(question: Buffer, other: Partial<Packet> = {}): Buffer {
    const { id, questions = [] } = decode(question);
    const [first] = questions;
    const name = first?.name ?? '';
    return encode({
      type: 'response',
      id: id ?? 0,
      questions,
      answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }],
      ...other,
    });
  }

  /** Sends without being asked. */
  push(message: Uint8Array, to: SocketAddress): void {
    this.#socket.send(message, to);
  }

  stop(): void {
    this.#socket.close();
    this.#listener.stop();
  }
}

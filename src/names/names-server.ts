import type {
  ChannelListener,
  Channels,
  Clock,
  DatagramSocket,
  Datagrams,
  SocketAddress,
} from '../ports/index.ts';
import type { LimitedLog } from '../telemetry/index.ts';
import { encodeAnswer, encodeRefusal, failure, fitForUdp } from './answer.ts';
import { type Asker, isOfThisHost } from './asker.ts';
import type { Forwarder } from './forwarder.ts';
import { readQuestion } from './question.ts';
import { TcpAskers } from './tcp-askers.ts';
import { answerFromZone, type Zone } from './zone.ts';

export interface NamesServerParts {
  readonly datagrams: Datagrams;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly limitedLog: LimitedLog;
  readonly forwarder: Forwarder;
  /** What `.mesh` is to this asker. */
  readonly zoneFor: (asker: Asker) => Zone;
}

/** Answers programs of this host: for `.mesh` by what the mesh knows, for all else by the system's resolvers. */
export class NamesServer {
  readonly address: SocketAddress;
  readonly #socket: DatagramSocket;
  readonly #listener: ChannelListener;

  private constructor(host: string, socket: DatagramSocket, listener: ChannelListener) {
    this.address = { host, port: socket.port };
    this.#socket = socket;
    this.#listener = listener;
  }

  /**
   * Listens for datagrams and for connections, on one port; 0 takes any that is free for both.
   *
   * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  static async listen(at: SocketAddress, parts: NamesServerParts): Promise<NamesServer> {
    const askers = new TcpAskers(parts.clock, (bytes, asker, send) =>
      answer(parts, bytes, asker, send),
    );
    // Connections first: ports that are free for them are fewer.
    const listener = parts.channels.listen(at, (channel, from) =>
      askers.accept(channel, { transport: 'tcp', ...from }),
    );
    try {
      const { port } = listener;
      const socket = await parts.datagrams.bind(
        { host: at.host, port },
        {
          received(bytes, from) {
            const asker: Asker = { transport: 'udp', ...from };
            if (!isOfThisHost(asker)) return;
            const send = (message: Uint8Array) => socket.send(message, from);
            void answer(parts, new Uint8Array(bytes), asker, send);
          },
        },
      );
      return new NamesServer(at.host, socket, listener);
    } catch (error) {
      listener.stop();
      throw error;
    }
  }

  stop(): void {
    this.#socket.close();
    this.#listener.stop();
  }
}

/** `bytes` must be a copy. Resolves when `send` was called, or there is nothing to be said. */
async function answer(
  { zoneFor, forwarder }: NamesServerParts,
  bytes: Uint8Array,
  asker: Asker,
  send: (answer: Uint8Array) => void,
): Promise<void> {
  const read = readQuestion(bytes);
  if (!read.ok) {
    if (read.error !== 'silent') send(encodeRefusal(bytes, read.error.rcode));
    return;
  }
  const question = read.value;
  const own = answerFromZone(question, zoneFor(asker));
  const message =
    own === undefined
      ? ((await forwarder.ask(question, asker)) ?? failure(question))
      : encodeAnswer(question, own);
  send(asker.transport === 'udp' ? fitForUdp(question, message) : message);
}

import type {
  ChannelListener,
  Channels,
  Clock,
  DatagramSocket,
  Datagrams,
  Meter,
  SocketAddress,
} from '../ports/index.ts';
import { encodeAnswer, encodeRefusal, failure, fitForUdp } from './answer.ts';
import { type Asker, isOfThisHost } from './asker.ts';
import type { Forwarder } from './forwarder.ts';
import { RCODE, type Rcode, readQuestion } from './question.ts';
import { type AnswerOne, TcpAskers } from './tcp-askers.ts';
import { answerFromZone, type Zone } from './zone.ts';

export interface NamesServerParts {
  readonly datagrams: Datagrams;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly meter: Meter;
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
    const questions = parts.meter.counter({
      name: 'selvage_dns_questions_total',
      help: 'Questions of programs of this host, by transport and what became of them',
      labels: ['transport', 'result'],
    });
    const take: AnswerOne = async (bytes, asker, send) => {
      const result = await answer(parts, bytes, asker, send);
      questions.add({ transport: asker.transport, result });
    };
    const askers = new TcpAskers(parts.clock, take);
    // Connections first: ports that are free for them are fewer.
    const listener = parts.channels.listen(at, (channel, from) =>
      askers.accept(channel, { transport: 'tcp', ...from }),
    );
    try {
      const { port } = listener;
      const socket = parts.datagrams.bind(
        { host: at.host, port },
        {
          received(bytes, from) {
            const asker: Asker = { transport: 'udp', ...from };
            if (!isOfThisHost(asker)) return;
            const send = (message: Uint8Array) => socket.send(message, from);
            void take(new Uint8Array(bytes), asker, send);
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

/** What became of a question. */
type Outcome = 'unreadable' | 'answered' | 'absent' | 'refused' | 'handed on' | 'unanswered';

const OUTCOMES: Partial<Record<Rcode, Outcome>> = {
  [RCODE.nameError]: 'absent',
  [RCODE.refused]: 'refused',
};

/** `bytes` must be a copy. Resolves when `send` was called, or there is nothing to be said. */
async function answer(
  { zoneFor, forwarder }: NamesServerParts,
  bytes: Uint8Array,
  asker: Asker,
  send: (answer: Uint8Array) => void,
): Promise<Outcome> {
  const read = readQuestion(bytes);
  if (!read.ok) {
    if (read.error !== 'silent') send(encodeRefusal(bytes, read.error.rcode));
    return 'unreadable';
  }
  const question = read.value;
  const sendFit = (message: Uint8Array) =>
    send(asker.transport === 'udp' ? fitForUdp(question, message) : message);
  const own = answerFromZone(question, zoneFor(asker));
  if (own !== undefined) {
    sendFit(encodeAnswer(question, own));
    return OUTCOMES[own.rcode] ?? 'answered';
  }
  const found = await forwarder.ask(question, asker);
  sendFit(found ?? failure(question));
  return found === undefined ? 'unanswered' : 'handed on';
}

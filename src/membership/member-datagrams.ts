import type {
  Clock,
  Counter,
  DatagramHandlers,
  DatagramSocket,
  Datagrams,
  Log,
  Meter,
  SocketAddress,
} from '../ports/index.ts';
import { boundDatagrams } from './datagram-socket.ts';
import type { MemberRoll } from './member-roll.ts';
import type { Starts } from './membership-options.ts';
import type { MemberSeals } from './seal.ts';
import type { Content, Handle } from './swim/index.ts';
import { type OpenedMessage, SealedDatagrams, type TwinMessage } from './wire/index.ts';

export interface MemberDatagramsOptions {
  readonly datagrams: Pick<Datagrams, 'bind'>;
  /** Another port, when this one is taken. */
  readonly listen: SocketAddress;
  readonly seals: MemberSeals;
  readonly starts: Pick<Starts, 'boot'>;
  /** The members as a node knows them that takes datagrams there. */
  readonly roll: (address: SocketAddress) => MemberRoll;
  /** Is this the answer to a question of this node, as far as its number says? */
  readonly isAwaited: (body: Content['body']) => boolean;
  readonly heard: (opened: OpenedMessage, now: number) => void;
  readonly twinHeard: (message: TwinMessage, from: SocketAddress, boot: number) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** This node's port for datagrams: what members say, signed and sealed, and what is refused, counted. */
export class MemberDatagrams implements DatagramHandlers {
  readonly roll: MemberRoll;
  readonly #host: string;
  readonly #socket: DatagramSocket;
  readonly #sealed: SealedDatagrams;
  readonly #clock: Clock;
  readonly #heard: MemberDatagramsOptions['heard'];
  readonly #twinHeard: MemberDatagramsOptions['twinHeard'];
  readonly #sent: Counter<never>;
  readonly #taken: Counter<never>;
  readonly #refused: Counter<'reason'>;

  /** @throws SelvageError ADDRESS_UNAVAILABLE */
  constructor(options: MemberDatagramsOptions) {
    const { datagrams, listen, roll, seals, starts, isAwaited, meter } = options;
    this.#host = listen.host;
    this.#clock = options.clock;
    this.#heard = options.heard;
    this.#twinHeard = options.twinHeard;
    const { sent, taken, refused } = datagramMetrics(meter);
    this.#sent = sent;
    this.#taken = taken;
    this.#refused = refused;
    this.#socket = boundDatagrams(datagrams, listen, this, options.log);
    this.roll = roll(this.address);
    const { self } = this.roll;
    this.#sealed = new SealedDatagrams({ self, seals, starts, isAwaited, book: this.roll });
  }

  get address(): SocketAddress {
    return { host: this.#host, port: this.#socket.port };
  }

  send(to: Handle, content: Content): void {
    const bytes = this.#sealed.seal(to, content, this.#clock.now());
    if (this.#socket.send(bytes, this.roll.entry(to).address)) this.#sent.add(NO_LABELS);
  }

  sendTwin(message: TwinMessage, to: SocketAddress): void {
    this.#socket.send(this.#sealed.sealTwin(message, this.#clock.now()), to);
  }

  /** The same member is reached at another address, and so stands at another place. */
  move(from: Handle, to: Handle): void {
    this.#sealed.move(from, to);
  }

  forget(member: Handle): void {
    this.#sealed.forget(member);
  }

  close(): void {
    this.#socket.close();
  }

  /** For the socket. */
  received(bytes: Uint8Array, from: SocketAddress): void {
    const now = this.#clock.monotonic();
    const opened = this.#sealed.open(bytes, from, now);
    if (typeof opened === 'string') {
      this.#refused.add({ reason: opened });
      return;
    }
    this.#taken.add(NO_LABELS);
    if (opened.from === 'twin') this.#twinHeard(opened.message, from, opened.boot);
    else this.#heard(opened, now);
  }
}

const NO_LABELS = {};

const datagramMetrics = (meter: Meter) => ({
  sent: meter.counter({
    name: 'selvage_datagrams_sent_total',
    help: 'Datagrams sent to other members',
    labels: [],
  }),
  taken: meter.counter({
    name: 'selvage_datagrams_received_total',
    help: 'Datagrams of other members that were taken',
    labels: [],
  }),
  refused: meter.counter({
    name: 'selvage_datagram_refusals_total',
    help: 'Datagrams that were not taken, by reason',
    labels: ['reason'],
  }),
});

import type { ConnectedDatagrams, PeerDatagramHandlers, SocketAddress } from '../../ports/index.ts';
import type { DatagramMetrics } from '../datagram-metrics.ts';
import { NEVER } from '../deadlines.ts';
import type { Field } from '../http/field.ts';
import type { AnswerListener, ServerHalf, ServerLoss } from '../http/halves.ts';
import type { RequestHead } from '../http/message.ts';
import { NO_BYTES } from '../no-bytes.ts';
import type { Runtime } from '../runtime.ts';
import { CapsuleQueue, type CapsuleSink } from './capsule-queue.ts';
import { CapsuleReader, type DatagramSink } from './capsule-reader.ts';
import { CONNECTED } from './session.ts';

/**
 * One flow at the application's side, with a socket of its own: by its port the application tells flows apart, and
 * what it sends there is the answer to this one. The half of one exchange.
 */
export class ServerFlow implements ServerHalf, CapsuleSink, DatagramSink, PeerDatagramHandlers {
  /** The application shows no certificate. */
  readonly peer = undefined;
  readonly endsAtMs = NEVER;
  readonly #runtime: Runtime;
  readonly #metrics: DatagramMetrics;
  readonly #queue: CapsuleQueue;
  readonly #reader = new CapsuleReader(this);
  #listener: AnswerListener | undefined;
  #socket: ConnectedDatagrams | undefined;

  constructor(runtime: Runtime, metrics: DatagramMetrics, listener: AnswerListener) {
    this.#runtime = runtime;
    this.#metrics = metrics;
    this.#listener = listener;
    this.#queue = new CapsuleQueue(runtime, metrics, this);
  }

  /** Begins; throws when there is no way to `target`. */
  open(target: SocketAddress): void {
    this.#socket = this.#runtime.datagrams.connect(target, this);
    this.#runtime.census.flows += 1;
    this.#runtime.census.servers += 1;
  }

  request(_head: RequestHead, _added: readonly Field[], ended: boolean): void {
    this.#listener?.answered(CONNECTED, false);
    if (ended) this.send(NO_BYTES, 0, 0, true);
  }

  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    const isReadable = this.#reader.read(bytes, from, to) && (!ended || this.#reader.isWhole);
    if (!isReadable) {
      this.#metrics.dropped('malformed');
      this.#lost('malformed');
    } else if (ended) this.#finish();
    return true;
  }

  datagram(bytes: Buffer, from: number, to: number): void {
    const sent = this.#socket?.send(bytes.subarray(from, to)) === true;
    if (sent) this.#metrics.carried();
    else this.#metrics.dropped('not-sent');
  }

  trailers(): void {
    this.send(NO_BYTES, 0, 0, true);
  }

  /** The caller ended it: so do we. */
  #finish(): void {
    const listener = this.#listener;
    this.#end();
    listener?.answerContent(NO_BYTES, 0, 0, true);
  }

  hold(): void {
    this.#queue.hold();
  }

  release(): void {
    this.#queue.release();
  }

  cancel(): void {
    this.#end();
  }

  /** Came from the application. */
  received(datagram: Uint8Array): void {
    this.#queue.add(datagram);
  }

  /** Nobody listens there. */
  refused(): void {
    this.#metrics.dropped('refused');
    this.#lost('closed');
  }

  capsules(bytes: Buffer, from: number, to: number): void {
    this.#listener?.answerContent(bytes, from, to, false);
  }

  #lost(loss: ServerLoss): void {
    const listener = this.#listener;
    this.#end();
    listener?.serverLost(loss);
  }

  #end(): void {
    if (this.#socket === undefined) return;
    this.#listener = undefined;
    this.#socket.close();
    this.#socket = undefined;
    this.#queue.discard();
    this.#runtime.census.flows -= 1;
    this.#runtime.census.servers -= 1;
  }
}

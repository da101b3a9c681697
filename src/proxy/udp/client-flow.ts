import type { SocketAddress } from '../../ports/index.ts';
import type { DatagramMetrics } from '../datagram-metrics.ts';
import type { Field } from '../http/field.ts';
import type { AcceptRequest, ClientHalf, RequestListener } from '../http/halves.ts';
import type { ResponseHead } from '../http/message.ts';
import { NO_BYTES } from '../no-bytes.ts';
import type { Runtime } from '../runtime.ts';
import { CapsuleQueue, type CapsuleSink } from './capsule-queue.ts';
import { CapsuleReader, type DatagramSink } from './capsule-reader.ts';
import { CONNECT_UDP } from './session.ts';

/** What a flow needs of the socket by which its datagrams came. */
export interface FlowOwner {
  /** False: it was dropped. */
  answer(flow: ClientFlow, datagram: Buffer): boolean;
  /** The last that is heard of it; `inOrder`: its next datagram may begin another at once. */
  over(flow: ClientFlow, inOrder: boolean): void;
}

/** The datagrams from one address and port of the application to one service, and back: the half of one exchange. */
export class ClientFlow implements ClientHalf, CapsuleSink, DatagramSink {
  /** Whose flow it is, as the owner knows it. */
  readonly key: string;
  readonly from: SocketAddress;
  readonly #owner: FlowOwner;
  readonly #metrics: DatagramMetrics;
  readonly #queue: CapsuleQueue;
  readonly #reader = new CapsuleReader(this);
  #listener: RequestListener | undefined;
  #over = false;

  constructor(
    runtime: Runtime,
    metrics: DatagramMetrics,
    owner: FlowOwner,
    key: string,
    from: SocketAddress,
  ) {
    this.key = key;
    this.from = from;
    this.#owner = owner;
    this.#metrics = metrics;
    this.#queue = new CapsuleQueue(runtime, metrics, this);
  }

  start(accept: AcceptRequest): void {
    const listener = accept(CONNECT_UDP, this, false);
    if (!this.#over) this.#listener = listener;
  }

  /** Came from the application. */
  received(datagram: Uint8Array): void {
    if (this.#over) this.#metrics.dropped('refused');
    else this.#queue.add(datagram);
  }

  capsules(bytes: Buffer, from: number, to: number): void {
    this.#listener?.requestContent(bytes, from, to, false);
  }

  inform(): void {
    // Datagrams have no place for it.
  }

  answer({ status }: ResponseHead, _added: readonly Field[], ended: boolean): void {
    if (status !== 101)
      this.gone(false); // nobody waits for the rest of that answer, which need not end
    else if (ended) this.#finish();
  }

  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    if (this.#over) return true;
    const isReadable = this.#reader.read(bytes, from, to) && (!ended || this.#reader.isWhole);
    if (!isReadable) this.#fail();
    else if (ended) this.#finish();
    return true;
  }

  datagram(bytes: Buffer, from: number, to: number): void {
    const sent = this.#owner.answer(this, bytes.subarray(from, to));
    if (sent) this.#metrics.carried();
    else this.#metrics.dropped('not-sent');
  }

  trailers(): void {
    this.send(NO_BYTES, 0, 0, true);
  }

  /** The peer ended it: so do we. */
  #finish(): void {
    const listener = this.#listener;
    this.#end(true);
    listener?.requestContent(NO_BYTES, 0, 0, true);
  }

  /** What the peer sends are no capsules. */
  #fail(): void {
    this.#metrics.dropped('malformed');
    this.gone(false);
  }

  /** Nobody wants an answer any more. */
  gone(inOrder: boolean): void {
    const listener = this.#listener;
    this.#end(inOrder);
    listener?.clientGone();
  }

  breakOff(): void {
    this.#end(false);
  }

  hold(): void {
    this.#queue.hold();
  }

  release(): void {
    this.#queue.release();
  }

  #end(inOrder: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener = undefined;
    this.#queue.discard();
    this.#owner.over(this, inOrder);
  }
}

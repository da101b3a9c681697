import type { DatagramMetrics } from '../datagram-metrics.ts';
import { ByteQueue } from '../http2/byte-queue.ts';
import { FLOW_WAITING_BYTES, FLOW_WAITING_DATAGRAMS } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import { CAPSULE_HEAD_BYTES, capsuleBytes, writeCapsule } from './capsule.ts';

/** Takes capsules; `bytes` are valid during the call only. */
export interface CapsuleSink {
  capsules(bytes: Buffer, from: number, to: number): void;
}

/**
 * Datagrams on their way into an exchange: at once, or after those that wait while it can take no more. When too
 * many wait, it is the newest that is dropped, as kernels do it: what came first is what an answer is awaited to.
 */
export class CapsuleQueue {
  readonly #runtime: Runtime;
  readonly #metrics: DatagramMetrics;
  readonly #sink: CapsuleSink;
  /** Capsules say themselves where they end. */
  readonly #waiting = new ByteQueue();
  #datagrams = 0;
  #held = false;

  constructor(runtime: Runtime, metrics: DatagramMetrics, sink: CapsuleSink) {
    this.#runtime = runtime;
    this.#metrics = metrics;
    this.#sink = sink;
  }

  add(datagram: Uint8Array): void {
    if (this.#held && !this.#hasRoom(datagram.length + CAPSULE_HEAD_BYTES)) {
      this.#metrics.dropped('queue-full');
      return;
    }
    const end = writeCapsule(datagram);
    if (this.#held) {
      this.#wait(capsuleBytes(), end);
      return;
    }
    this.#metrics.carried();
    this.#sink.capsules(capsuleBytes(), 0, end);
  }

  #hasRoom(bytes: number): boolean {
    return (
      this.#datagrams < FLOW_WAITING_DATAGRAMS &&
      this.#waiting.size + bytes <= FLOW_WAITING_BYTES &&
      this.#runtime.flows.hasRoom(bytes)
    );
  }

  #wait(bytes: Buffer, to: number): void {
    this.#waiting.append(bytes, 0, to);
    this.#datagrams += 1;
    this.#count(to);
  }

  hold(): void {
    this.#held = true;
  }

  /** What waits goes on in one piece, all of which is taken. */
  release(): void {
    this.#held = false;
    if (this.#datagrams === 0) return;
    const { bytes, from, to } = this.#waiting;
    this.#metrics.carried(this.#datagrams);
    this.#clear();
    this.#sink.capsules(bytes, from, to);
  }

  /** Its flow ended. */
  discard(): void {
    if (this.#datagrams === 0) return;
    this.#metrics.dropped('flow-ended', this.#datagrams);
    this.#clear();
  }

  #clear(): void {
    this.#count(-this.#waiting.size);
    this.#datagrams = 0;
    this.#waiting.clear();
  }

  #count(bytes: number): void {
    this.#runtime.flows.waitingBytes += bytes;
    this.#runtime.census.heldBytes += bytes;
  }
}

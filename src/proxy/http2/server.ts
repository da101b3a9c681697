import type { AcceptRequest } from '../http/halves.ts';
import { malformed, type Reply } from '../http/reply.ts';
import {
  IDLE_CLIENT_MS,
  IDLE_POOL_MS,
  IDLE_SIDECAR_MS,
  STREAMS_PER_CONNECTION,
} from '../limits.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { AcceptedStream } from './accepted-stream.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { RequestFields } from './request-fields.ts';
import { writeSettings } from './settings.ts';
import type { Stream } from './stream.ts';
import { CODE, MAX_STREAM_ID, PREFACE } from './wire.ts';

/** A connection on which the peer opens the streams: an application's, or a sidecar's whose requests come in. */
export class Http2Server extends Connection {
  readonly #accept: AcceptRequest;
  readonly #gone: (() => void) | undefined;
  readonly #refused: (reply: Reply) => void;
  readonly #requestFields = new RequestFields();
  /** How much of the preface has come. */
  #prefaced = 0;
  #lastStreamId = 0;
  /** Streams above this are refused. */
  #lastAccepted = MAX_STREAM_ID;

  /**
   * For a connection that was counted as a client's. `refused` is told of each request that is answered here since
   * it cannot be read in one way only.
   */
  constructor(
    runtime: Runtime,
    socket: PartySocket,
    accept: AcceptRequest,
    refused: (reply: Reply) => void,
    options: ConnectionOptions,
  ) {
    super(
      runtime,
      socket,
      options,
      options.isSidecar ? IDLE_SIDECAR_MS + IDLE_POOL_MS : IDLE_CLIENT_MS, // who opened it closes it
    );
    this.#accept = accept;
    this.#gone = options.gone;
    this.#refused = refused;
  }

  /** Takes the connection over; `early`: what was read of it already. */
  start(early?: Buffer): void {
    this.socket.data = this;
    writeSettings(this.output, true);
    this.receipts.open();
    if (this.runtime.connections.isRetiring) this.retire();
    if (early !== undefined) this.received(early);
  }

  override received(bytes: Buffer): void {
    const from = this.#prefaced === PREFACE.length ? 0 : this.#preface(bytes);
    this.read(bytes, from);
  }

  #preface(bytes: Buffer): number {
    const count = Math.min(bytes.length, PREFACE.length - this.#prefaced);
    const matches = bytes.compare(PREFACE, this.#prefaced, this.#prefaced + count, 0, count) === 0;
    if (!matches) this.fail(CODE.PROTOCOL_ERROR, 'preface');
    this.#prefaced += count;
    return count;
  }

  protected get isClient(): boolean {
    return false;
  }

  protected get lastStreamId(): number {
    return this.#lastStreamId;
  }

  protected get openStreams(): number {
    return this.streams.size;
  }

  isIdle(id: number): boolean {
    return id % 2 === 0 || id > this.#lastStreamId;
  }

  protected headersBeyond(
    id: number,
    block: Buffer,
    from: number,
    to: number,
    ended: boolean,
  ): void {
    if (id % 2 === 0) this.fail(CODE.PROTOCOL_ERROR, 'even-stream');
    else if (id > this.#lastStreamId) this.#open(id, block, from, to, ended);
    else {
      this.blocks.skip(block, from, to);
      this.idled();
      if (!this.wasReset(id)) this.fail(CODE.STREAM_CLOSED, 'headers-on-closed-stream');
    }
  }

  #open(id: number, block: Buffer, from: number, to: number, ended: boolean): void {
    const fields = this.#requestFields;
    fields.clear();
    const outcome = this.blocks.read(block, from, to, fields);
    if (this.over) return;
    this.#lastStreamId = id;
    this.streamCount += 1;
    this.allowance.frameUsed();
    if (id > this.#lastAccepted || this.streams.size >= STREAMS_PER_CONNECTION) {
      this.#refuse(id, CODE.REFUSED_STREAM);
      return;
    }
    const head = outcome === 'ok' ? fields.head() : 'head-too-large';
    if (head === undefined) {
      this.#refuse(id, CODE.PROTOCOL_ERROR);
      return;
    }
    const stream = new AcceptedStream(this, id);
    this.streams.add(stream);
    if (typeof head === 'string') {
      const reply = malformed(head);
      stream.refuse(reply, ended, fields.isHead);
      this.#refused(reply);
    } else stream.begin(head, ended, this.#accept);
  }

  #refuse(id: number, code: typeof CODE.REFUSED_STREAM | typeof CODE.PROTOCOL_ERROR): void {
    this.output.reset(id, code);
    this.noteReset(id);
    this.wasted();
  }

  /** The client takes no more pushes, of which there are none. */
  goAwayHeard(): void {
    this.idled();
  }

  protected streamClosed(): void {
    const ends = this.draining && this.streams.size === 0 && this.#lastAccepted !== MAX_STREAM_ID;
    if (ends) this.end(CODE.NO_ERROR);
  }

  protected lossOf(_stream: Stream): 'closed' {
    return 'closed';
  }

  /** Requests on their way may still come, until the client has heard of it (RFC 9113 section 6.8). */
  drain(): void {
    if (!this.draining && !this.over) this.announceEnd();
  }

  /** Nothing is lost by it here: the client is told before it is held to it. */
  retire(): void {
    this.drain();
  }

  protected peerKnowsEnd(): void {
    this.#lastAccepted = this.#lastStreamId;
    if (this.streams.size === 0) this.end(CODE.NO_ERROR);
    else {
      this.output.goAway(this.#lastStreamId, CODE.NO_ERROR);
    }
  }

  /** The client sends no more: what it asked for whole is still answered. */
  ended(): void {
    if (this.over) return;
    for (const stream of this.streams.all()) {
      if (!stream.receives) continue;
      this.close(stream);
      stream.lost('closed');
    }
    this.draining = true;
    this.#lastAccepted = this.#lastStreamId;
    if (this.streams.size === 0) this.end(CODE.NO_ERROR);
  }

  protected released(): void {
    this.runtime.census.clients -= 1;
    this.#gone?.();
  }
}

import { NEVER } from '../deadlines.ts';
import type { AnswerListener, ServerHalf, ServerLoss } from '../http/halves.ts';
import type { ResponseHead } from '../http/message.ts';
import { IDLE_POOL_MS, IDLE_SIDECAR_MS, STREAMS_PER_CONNECTION } from '../limits.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { expiryMarginMs, type TlsPeer } from '../tunnel/index.ts';
import { AnswerFields } from './answer-fields.ts';
import { Connection } from './connection.ts';
import { OpenedStream } from './opened-stream.ts';
import { writeSettings } from './settings.ts';
import type { Stream } from './stream.ts';
import { CODE, type Code, MAX_STREAM_ID, PREFACE } from './wire.ts';

export interface Http2ClientOptions {
  /** What requests ask for, whatever host they name. */
  readonly authority?: string | undefined;
  /** Who is at the other end, verified; undefined: the application beside this sidecar. */
  readonly peer: TlsPeer | undefined;
  /** The server has said something for the first time. */
  readonly spoke?: () => void;
  /** A stream was freed, or the peer allows more of them; once in a turn. */
  readonly freed: () => void;
  /** It is closed. */
  readonly gone: () => void;
}

/** A connection on which we open the streams: to a peer's sidecar, or to the application. */
export class Http2Client extends Connection {
  readonly peer: TlsPeer | undefined;
  /** Monotonic: no new request from here on, so that requests under way are not cut. */
  readonly retireAtMs: number;
  readonly #options: Http2ClientOptions;
  readonly #answerFields = new AnswerFields();
  #nextId = 1;
  /** Streams that were handed out and have no head yet. */
  #reserved = 0;
  /** Of them, those that cannot begin: their listeners are told at the end of the turn. */
  readonly #unable: OpenedStream[] = [];
  /** Above this the peer did nothing. */
  #lastProcessedId = MAX_STREAM_ID;
  #freed = false;
  /** Counted as one that waits for a request. */
  #idle = false;

  /** Takes the connection over. Requests may follow at once (RFC 9113 section 3.4). */
  constructor(runtime: Runtime, socket: PartySocket, options: Http2ClientOptions) {
    const { peer } = options;
    const { clock, deadlines } = runtime;
    const shift = deadlines.now() - clock.now();
    const isSidecar = peer !== undefined;
    const endsAtMs = peer === undefined ? NEVER : peer.notAfterMs + shift;
    super(runtime, socket, { endsAtMs, isSidecar }, isSidecar ? IDLE_SIDECAR_MS : IDLE_POOL_MS);
    const ownEndsAtMs = peer === undefined ? NEVER : peer.shown.notAfterMs + shift;
    const firstEndsAtMs = Math.min(endsAtMs, ownEndsAtMs);
    this.peer = peer;
    this.retireAtMs = firstEndsAtMs - expiryMarginMs(firstEndsAtMs - deadlines.now());
    this.#options = options;
    runtime.census.servers += 1;
    this.#countIdle();
    socket.data = this;
    this.output.raw(PREFACE, 0, PREFACE.length);
    writeSettings(this.output, false);
    this.receipts.open();
  }

  get authority(): string | undefined {
    return this.#options.authority;
  }

  get openStreams(): number {
    return this.streams.size + this.#reserved;
  }

  /** Will there be a stream for a request, now or when others have ended? */
  get isLasting(): boolean {
    return !this.over && !this.draining && this.#nextId < MAX_STREAM_ID;
  }

  /** Is there a stream for a request now? */
  get acceptsStreams(): boolean {
    const limit = Math.min(this.settings.maxStreams, STREAMS_PER_CONNECTION);
    return this.isLasting && this.openStreams < limit;
  }

  /** Is it known what the peer can do? Sidecars can do all; an application says it in its SETTINGS. */
  get knowsPeer(): boolean {
    return this.peer !== undefined || this.settings.known;
  }

  /** May a request become a connection of another protocol (RFC 8441)? Sidecars always let it. */
  get acceptsUpgrades(): boolean {
    return this.peer !== undefined || this.settings.extendedConnect;
  }

  /** A stream for one request; undefined when there is none now. */
  open(listener: AnswerListener): ServerHalf | undefined {
    if (!this.acceptsStreams) return undefined;
    this.#reserved += 1;
    this.#countIdle();
    return new OpenedStream(this, listener);
  }

  #countIdle(): void {
    const idle = this.openStreams === 0 && !this.over;
    if (idle === this.#idle) return;
    this.#idle = idle;
    this.runtime.census.pooled += idle ? 1 : -1;
  }

  /** Ids are given in the order of the heads (RFC 9113 section 5.1.1). False: `lost` follows. */
  begin(stream: OpenedStream): boolean {
    if (this.over || (stream.upgrades && !this.acceptsUpgrades)) {
      this.#unable.push(stream);
      this.output.touch();
      return false;
    }
    this.#reserved -= 1;
    stream.id = this.#nextId;
    this.#nextId += 2;
    this.streamCount += 1;
    this.allowance.frameUsed();
    this.streams.add(stream);
    return true;
  }

  override close(stream: Stream): void {
    if (stream.id !== 0) super.close(stream);
    else if (!stream.closed) {
      this.#reserved -= 1;
      stream.closing();
      this.streamClosed();
    }
  }

  /** Undefined: it is none, or the connection has ended. */
  readAnswer(block: Buffer, from: number, to: number): ResponseHead | undefined {
    this.#answerFields.clear();
    const outcome = this.blocks.read(block, from, to, this.#answerFields);
    return outcome === 'ok' ? this.#answerFields.head() : undefined;
  }

  override flush(): void {
    super.flush();
    for (const stream of this.#unable.splice(0)) {
      this.close(stream);
      stream.lost('unprocessed');
    }
    if (!this.#freed) return;
    this.#freed = false;
    this.#options.freed();
  }

  override settingsHeard(bytes: Buffer, from: number, to: number): void {
    const first = !this.settings.known;
    super.settingsHeard(bytes, from, to);
    if (first) this.#options.spoke?.();
    this.#tellFreed();
  }

  /** Once in a turn, however many streams end in it. */
  #tellFreed(): void {
    this.#freed = true;
    this.output.touch();
  }

  protected get isClient(): boolean {
    return true;
  }

  /** A server opens no streams. */
  protected get lastStreamId(): number {
    return 0;
  }

  isIdle(id: number): boolean {
    return id % 2 === 0 || id >= this.#nextId;
  }

  /** An answer for a stream that is gone. */
  protected headersBeyond(id: number, block: Buffer, from: number, to: number): void {
    if (this.isIdle(id)) {
      this.fail(CODE.PROTOCOL_ERROR, 'frame-on-idle-stream');
      return;
    }
    this.blocks.skip(block, from, to);
    if (!this.wasReset(id)) this.idled();
  }

  goAwayHeard(lastStreamId: number): void {
    this.idled();
    this.draining = true;
    this.#lastProcessedId = Math.min(this.#lastProcessedId, lastStreamId);
    for (const stream of this.streams.all()) {
      if (stream.id <= this.#lastProcessedId) continue;
      this.close(stream);
      stream.lost('unprocessed');
    }
    this.#endIfDrained();
  }

  protected streamClosed(): void {
    this.#countIdle();
    this.#endIfDrained();
    this.#tellFreed();
  }

  #endIfDrained(): void {
    if (this.draining && this.openStreams === 0) this.end(CODE.NO_ERROR);
  }

  protected override end(code: Code): void {
    super.end(code);
    this.#countIdle(); // it waits for none any more, though the peer may take a while to close
  }

  protected lossOf(stream: Stream): ServerLoss {
    if (this.failed && !this.knowsPeer) return 'malformed'; // what it speaks is another protocol
    const unsent = stream instanceof OpenedStream && stream.isUnsent;
    return unsent || stream.id > this.#lastProcessedId ? 'unprocessed' : 'closed';
  }

  override expired(): void {
    // A certificate that ends soon serves no new request, and one without any may close.
    if (this.runtime.deadlines.now() >= this.retireAtMs) this.drain();
    super.expired();
  }

  /** No new request; those under way go on. */
  drain(): void {
    this.draining = true;
    this.#endIfDrained();
  }

  protected peerKnowsEnd(): void {
    // We announce no end: nobody opens streams here but us.
  }

  /** The server sends no more, so no answer either. */
  ended(): void {
    if (!this.over) this.socket.terminate();
  }

  protected released(): void {
    this.runtime.census.servers -= 1;
    this.#countIdle();
    this.#options.gone();
  }
}

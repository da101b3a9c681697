import { NEVER, type Timed } from '../deadlines.ts';
import type { ServerLoss } from '../http/halves.ts';
import {
  CONNECTION_CHECK_MS,
  FRAME_PAYLOAD_BYTES,
  HEAD_TIMEOUT_MS,
  IDLE_BODY_MS,
  LINGER_MS,
  OUTPUT_HIGH_WATER_BYTES,
  OUTPUT_LIMIT_BYTES,
} from '../limits.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import type { Flushable } from '../turn.ts';
import { Allowance } from './allowance.ts';
import { BlockReader } from './block-reader.ts';
import { FrameHandler } from './frame-handler.ts';
import { FrameOutput } from './frame-output.ts';
import { FrameReader } from './frame-reader.ts';
import { HeadWriter } from './head-writer.ts';
import { HpackEncoder } from './hpack/index.ts';
import { Receipts } from './receipts.ts';
import { RecentResets } from './recent-resets.ts';
import { Sender } from './sender.ts';
import { PeerSettings } from './settings.ts';
import type { Stream } from './stream.ts';
import { StreamTable } from './stream-table.ts';
import { Watch } from './watch.ts';
import { CODE, type Code, FLAG, FRAME, MAX_STREAM_ID } from './wire.ts';

/** What a PING of ours asks: its last octet. */
const ASK_ALIVE = 1;
const ASK_DRAINED = 2;

export interface ConnectionOptions {
  /** Monotonic: nothing goes on after this, since a certificate ends. */
  readonly endsAtMs: number;
  /** The other end is a sidecar: it is asked whether it is there when it has said nothing for long. */
  readonly isSidecar: boolean;
  /** It is closed. */
  readonly gone?: () => void;
}

/**
 * One connection of HTTP/2, whichever side opens its streams: how it begins, what it holds, how it ends. What its
 * frames mean is the {@link FrameHandler}'s.
 */
export abstract class Connection implements Party, Timed, Flushable {
  dueMs: number;
  readonly runtime: Runtime;
  readonly endsAtMs: number;
  readonly output: FrameOutput;
  readonly streams = new StreamTable();
  readonly sender: Sender;
  readonly receipts: Receipts;
  readonly heads: HeadWriter;
  readonly settings: PeerSettings;
  readonly allowance = new Allowance();
  readonly blocks = new BlockReader(this);
  /** No stream is open and none will be; the last frames may still be on their way out. */
  over = false;
  /** It ended since nobody had needed it for long. */
  rested = false;
  protected readonly socket: PartySocket;
  /** The peer broke a rule. */
  protected failed = false;
  /** It ends as soon as no stream is open. */
  protected draining = false;
  /** Streams that were ever opened here. */
  protected streamCount = 0;
  readonly #resets = new RecentResets();
  readonly #frames: FrameHandler;
  readonly #reader: FrameReader;
  readonly #watch: Watch;
  /** Until when the peer must have said what is awaited; infinite: nothing is. */
  #awaitedMs: number;
  /** Until when a peer that was told of the end may begin streams; infinite: it was not, or knows. */
  #drainedMs = NEVER;
  #checkMs: number;
  #paused = false;
  #shut = false;
  #closed = false;
  #carriedBytes = 0;

  constructor(
    runtime: Runtime,
    socket: PartySocket,
    { endsAtMs, isSidecar }: ConnectionOptions,
    idleMs: number,
  ) {
    const encoder = new HpackEncoder();
    this.runtime = runtime;
    this.socket = socket;
    this.endsAtMs = endsAtMs;
    this.output = new FrameOutput(socket, runtime.census, runtime.turn, this);
    this.settings = new PeerSettings(encoder);
    this.heads = new HeadWriter(this.output, encoder, isSidecar);
    this.sender = new Sender(this.output, this.allowance, runtime);
    this.receipts = new Receipts(this.output);
    this.#frames = new FrameHandler(this);
    this.#reader = new FrameReader(this.#frames, FRAME_PAYLOAD_BYTES);
    this.#watch = new Watch(idleMs, isSidecar);
    const now = runtime.deadlines.now();
    this.#awaitedMs = now + HEAD_TIMEOUT_MS;
    this.#checkMs = now + CONNECTION_CHECK_MS;
    this.dueMs = 0;
    this.#schedule();
    runtime.deadlines.add(this);
  }

  /** We open the streams. */
  protected abstract get isClient(): boolean;
  /** The highest stream of the peer's that was acted upon. */
  protected abstract get lastStreamId(): number;
  protected abstract get openStreams(): number;
  /** Was no stream of this id ever opened? */
  abstract isIdle(id: number): boolean;
  /** HEADERS for a stream that is not open. */
  protected abstract headersBeyond(
    id: number,
    block: Buffer,
    from: number,
    to: number,
    ended: boolean,
  ): void;
  /** Streams above `lastStreamId` were not acted upon, and no new one will be. */
  abstract goAwayHeard(lastStreamId: number): void;
  /** After {@link announceEnd}: all that the peer began before it knew has come. */
  protected abstract peerKnowsEnd(): void;
  /** One stream fewer is open. */
  protected abstract streamClosed(): void;
  /** What became of a stream that ends with its connection. */
  protected abstract lossOf(stream: Stream): ServerLoss;
  /** The socket is gone. */
  protected abstract released(): void;

  received(bytes: Buffer): void {
    this.read(bytes, 0);
  }

  protected read(bytes: Buffer, from: number): void {
    if (this.over) return;
    this.#watch.heard = true;
    this.#reader.read(bytes, from);
    this.#countCarried();
  }

  #countCarried(): void {
    const held = this.#reader.heldBytes + this.#frames.heldBytes;
    this.runtime.census.heldBytes += held - this.#carriedBytes;
    this.#carriedBytes = held;
  }

  flush(): void {
    this.output.flushing();
    if (this.#closed) return;
    this.sender.pump();
    this.output.write();
    if (this.over) this.#shutdown();
    else this.#ease();
  }

  /** A peer that does not take what it asked for is not heard until it does (RFC 9113 section 10.5). */
  #ease(): void {
    const { size, blocked } = this.output;
    if (size > OUTPUT_LIMIT_BYTES) this.#abandon();
    else if (size > OUTPUT_HIGH_WATER_BYTES && !this.#paused) {
      this.#paused = true;
      this.socket.pause();
    } else if (this.#paused && !blocked) {
      this.#paused = false;
      this.socket.resume();
    }
  }

  /** Hears and says no more: what is held goes with the socket. */
  #abandon(): void {
    this.#reader.stop();
    this.socket.terminate();
  }

  drained(): void {
    this.output.unblock();
    this.flush();
  }

  headers(id: number, block: Buffer, from: number, to: number, ended: boolean): void {
    const stream = this.streams.find(id);
    if (stream === undefined) this.headersBeyond(id, block, from, to, ended);
    else if (stream.receives) stream.head(block, from, to, ended);
    else {
      this.blocks.skip(block, from, to);
      stream.violated(CODE.STREAM_CLOSED);
    }
    // One read may bring thousands of requests, and each its answer.
    if (this.output.size > OUTPUT_LIMIT_BYTES) this.#abandon();
  }

  /** Ends a stream at once; nobody is told but the peer. */
  reset(stream: Stream, code: Code): void {
    this.output.reset(stream.id, code);
    if (stream.receives) this.noteReset(stream.id);
    this.close(stream);
  }

  /** A stream's both directions have ended, or it was reset. */
  close(stream: Stream): void {
    if (stream.closed) return;
    this.streams.remove(stream);
    stream.closing();
    this.streamClosed();
  }

  /** A stream was reset by us that its peer could still send on. */
  protected noteReset(id: number): void {
    this.#resets.add(id);
  }

  /** Was a stream reset by us while its peer could still send? What comes for it then is no fault. */
  wasReset(id: number): boolean {
    return this.#resets.has(id);
  }

  /** DATA came for a stream that is closed. What was on its way when we cut it may be thousands of small messages. */
  lateFrame(id: number, weightBytes: number): void {
    const wasCut = this.wasReset(id);
    if (!wasCut || weightBytes === 0) this.idled();
    if (!wasCut) this.output.reset(id, CODE.STREAM_CLOSED);
  }

  // What the peer makes us do for nothing.

  /** A stream ended by a reset before it was answered. */
  wasted(): void {
    if (!this.allowance.streamWasted()) this.fail(CODE.ENHANCE_YOUR_CALM, 'too-many-resets');
  }

  /** A frame carried nothing. */
  idled(): void {
    if (!this.allowance.frameIdle()) this.fail(CODE.ENHANCE_YOUR_CALM, 'too-many-idle-frames');
  }

  // What is said of the connection itself.

  settingsHeard(bytes: Buffer, from: number, to: number): void {
    this.idled();
    const first = !this.settings.known;
    const windowBefore = this.settings.windowBytes;
    const code = this.settings.read(bytes, from, to, this.isClient);
    if (code !== CODE.NO_ERROR) {
      this.fail(code, 'bad-setting');
      return;
    }
    if (first) this.#awaitUntil(NEVER);
    this.output.maxPayloadBytes = this.settings.maxPayloadBytes;
    this.output.frame(0, FRAME.SETTINGS, FLAG.ACK, 0);
    const moved = this.settings.windowBytes - windowBefore;
    if (moved === 0) return;
    for (const stream of this.streams.all()) {
      if (!stream.windowMoved(moved)) this.fail(CODE.FLOW_CONTROL_ERROR, 'window-overflow');
    }
  }

  /** A header block has begun, and its end is awaited. */
  awaitHeaders(): void {
    this.#awaitUntil(this.runtime.deadlines.now() + HEAD_TIMEOUT_MS);
  }

  headersHeard(): void {
    this.#awaitUntil(NEVER);
  }

  #awaitUntil(awaitedMs: number): void {
    this.#awaitedMs = awaitedMs;
    this.#schedule();
  }

  #schedule(): void {
    this.dueMs = Math.min(this.#awaitedMs, this.#drainedMs, this.#checkMs, this.endsAtMs);
  }

  abandon(): void {
    this.socket.terminate();
  }

  expired(): void {
    const now = this.runtime.deadlines.now();
    if (this.#shut) this.socket.end();
    else if (this.over || now >= this.endsAtMs) this.socket.terminate();
    else if (now >= this.#awaitedMs) this.fail(CODE.PROTOCOL_ERROR, 'too-slow');
    else if (now >= this.#drainedMs) this.#drained();
    else this.#check(now);
  }

  #check(now: number): void {
    this.#checkMs = now + CONNECTION_CHECK_MS;
    this.#schedule();
    this.allowance.passed(CONNECTION_CHECK_MS / 1_000);
    if (this.#paused) this.#watch.heard = true; // it is we who do not listen
    for (const stream of this.streams.all()) stream.check();
    const finding = this.#watch.check({
      openStreams: this.openStreams,
      streams: this.streamCount,
      takenBytes: this.output.takenBytes,
      blocked: this.output.blocked,
      inFrame: this.#reader.heldBytes > 0,
      frames: this.#reader.frames,
    });
    if (finding === 'ask') this.#ask(ASK_ALIVE);
    else if (finding === 'idle') this.#rest();
    else if (finding === 'slow') this.fail(CODE.PROTOCOL_ERROR, 'too-slow');
    else if (finding !== 'well') this.socket.terminate();
  }

  #rest(): void {
    this.rested = true;
    this.end(CODE.NO_ERROR);
  }

  #ask(what: number): void {
    this.output.frame(8, FRAME.PING, 0, 0);
    this.output.u32(0);
    this.output.u32(what);
  }

  /** Begins to end: the peer is told, and then asked, so that what was on its way is known. */
  protected announceEnd(): void {
    this.draining = true;
    this.output.goAway(MAX_STREAM_ID, CODE.NO_ERROR);
    this.#ask(ASK_DRAINED);
    this.#drainedMs = this.runtime.deadlines.now() + HEAD_TIMEOUT_MS;
    this.#schedule();
  }

  #drained(): void {
    this.#drainedMs = NEVER;
    this.#schedule();
    this.peerKnowsEnd();
  }

  pingAnswered(what: number): void {
    const awaited = this.#drainedMs !== NEVER;
    if (what === ASK_DRAINED && awaited) this.#drained();
    else this.idled(); // nothing that was asked
  }

  /** The peer broke a rule that concerns the whole connection (RFC 9113 section 5.4.1). */
  fail(code: Code, reason: string): void {
    if (this.over) return;
    const address = this.socket.remoteAddress;
    this.runtime.limitedLog.info('ended a connection of HTTP/2', reason, { code, address });
    this.failed = true;
    this.end(code);
  }

  /** Says why, and reads no more. Streams that are open are lost. */
  protected end(code: Code): void {
    if (this.over) return;
    this.over = true;
    this.#reader.stop();
    this.#frames.stop();
    this.#countCarried();
    this.output.goAway(this.lastStreamId, code);
    const patienceMs = this.failed ? LINGER_MS : IDLE_BODY_MS; // who broke no rule may read slowly
    this.dueMs = Math.min(this.runtime.deadlines.now() + patienceMs, this.endsAtMs);
    this.#loseStreams();
  }

  #loseStreams(): void {
    for (const stream of this.streams.all()) {
      const loss = this.lossOf(stream);
      this.close(stream);
      stream.lost(loss);
    }
  }

  /** Once the last frame is out. A reset would take it away from the peer, so what still comes is dropped for a while. */
  #shutdown(): void {
    if (this.output.size > 0 || this.#shut) return;
    this.#shut = true;
    this.dueMs = this.runtime.deadlines.now() + LINGER_MS;
    this.socket.shutdown();
    if (this.#paused) this.socket.resume();
  }

  closed(): void {
    this.#closed = true;
    this.over = true;
    this.#reader.stop();
    this.#frames.stop();
    this.#countCarried();
    this.#loseStreams();
    this.output.discard();
    this.runtime.deadlines.remove(this);
    this.released();
  }

  abstract ended(): void;
  abstract drain(): void;
}

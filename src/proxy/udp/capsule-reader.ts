import { HeldBytes } from '../held-bytes.ts';
import {
  CAPSULE_CONTENT_BYTES,
  CAPSULE_HEAD_BYTES,
  DATAGRAM_CAPSULE,
  UDP_CONTEXT,
} from './capsule.ts';
import { readVarint, varintBytes } from './varint.ts';

/** Hears each datagram; `bytes[from]` up to, without, `bytes[to]` is valid during the call only. */
export interface DatagramSink {
  datagram(bytes: Buffer, from: number, to: number): void;
}

/**
 * Reads a stream of capsules (RFC 9297 section 3.2), however it is cut into pieces. What is no datagram of UDP
 * is skipped, as the specifications want it.
 */
export class CapsuleReader {
  readonly #sink: DatagramSink;
  /** The head of a capsule, as much of it as has come. */
  readonly #head = Buffer.allocUnsafe(CAPSULE_HEAD_BYTES);
  #headBytes = 0;
  /** Bytes of this capsule's content that are still to come. */
  #left = 0;
  #isDatagram = false;
  /** The datagram, as much of it as has come in pieces before this one. */
  readonly #gathered = new HeldBytes(); // grows with what comes, not with what is announced

  constructor(sink: DatagramSink) {
    this.#sink = sink;
  }

  /** Has the last capsule come whole? */
  get isWhole(): boolean {
    return this.#headBytes === 0 && this.#left === 0;
  }

  /** False: it is no stream of capsules, or one is larger than allowed. Nothing may be read after that. */
  read(bytes: Buffer, from: number, to: number): boolean {
    let at = from;
    while (at < to) {
      at = this.#left > 0 ? this.#content(bytes, at, to) : this.#begin(bytes, at, to);
      if (at < 0) return false;
    }
    return true;
  }

  /** Returns where the content begins, or `to` when the head goes on; negative: no such capsule is taken. */
  #begin(bytes: Buffer, from: number, to: number): number {
    const head = this.#head;
    const before = this.#headBytes;
    const end = before + bytes.copy(head, before, from, Math.min(to, from + head.length - before));
    const typeEnd = this.#integerEnd(0, end);
    const lengthEnd = typeEnd === 0 ? 0 : this.#integerEnd(typeEnd, end);
    if (lengthEnd === 0) return this.#awaitHead(end, to);
    const length = readVarint(head, typeEnd);
    if (length > CAPSULE_CONTENT_BYTES) return REFUSED;
    const start = from - before;
    if (readVarint(head, 0) !== DATAGRAM_CAPSULE) {
      return this.#found(false, length, start + lengthEnd);
    }
    const contextEnd = this.#integerEnd(lengthEnd, end);
    if (contextEnd === 0) return this.#awaitHead(end, to);
    const rest = length - (contextEnd - lengthEnd);
    if (rest < 0) return REFUSED; // no room for its context
    return this.#found(readVarint(head, lengthEnd) === UDP_CONTEXT, rest, start + contextEnd);
  }

  /** Where the integer of the head at `at` ends; 0: not all of it has come. */
  #integerEnd(at: number, end: number): number {
    const integerEnd = at + varintBytes(this.#head[at] ?? 0);
    return at < end && integerEnd <= end ? integerEnd : 0;
  }

  #awaitHead(headBytes: number, to: number): number {
    this.#headBytes = headBytes;
    return to;
  }

  #found(isDatagram: boolean, length: number, at: number): number {
    this.#headBytes = 0;
    this.#left = length;
    this.#isDatagram = isDatagram;
    if (isDatagram && length === 0) this.#sink.datagram(this.#head, 0, 0);
    return at;
  }

  #content(bytes: Buffer, from: number, to: number): number {
    const end = Math.min(to, from + this.#left);
    const isLast = end - from === this.#left;
    this.#left -= end - from;
    if (!this.#isDatagram) return end;
    if (isLast && this.#gathered.size === 0) this.#sink.datagram(bytes, from, end);
    else this.#gather(bytes, from, end);
    return end;
  }

  #gather(bytes: Buffer, from: number, to: number): void {
    this.#gathered.append(bytes, from, to);
    if (this.#left > 0) return;
    const datagram = this.#gathered.takeAll();
    this.#sink.datagram(datagram, 0, datagram.length);
  }
}

const REFUSED = -1;

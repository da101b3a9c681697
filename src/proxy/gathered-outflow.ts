import { BufferPool } from './buffer-pool.ts';
import type { Census } from './census.ts';
import { Outflow } from './outflow.ts';
import type { PartySocket } from './party.ts';
import type { Flushable, Turn } from './turn.ts';

/** Holds a head with a small content, or many small contents; what is larger is not copied. */
const PAGE_BYTES = 16 * 1024;
/** Pages are lent within one turn, and these many of them are kept for the next: 1 MiB. */
const SPARE_PAGES = 64;

const pages = new BufferPool(PAGE_BYTES, SPARE_PAGES);

/** What goes out on one connection, gathered until the turn is over, so that it goes out in one write. */
export class GatheredOutflow implements Flushable {
  /** Behind what is gathered: for who flushes, and gathers no more. */
  readonly outflow: Outflow;
  /** How often something left for the kernel: where it did not grow, nothing did. */
  writes = 0;
  readonly #turn: Turn;
  #page: Buffer | undefined;
  #length = 0;

  constructor(socket: PartySocket, census: Census, turn: Turn) {
    this.outflow = new Outflow(socket, census);
    this.#turn = turn;
  }

  /** Is so much held that nothing new should be begun? */
  get full(): boolean {
    return this.outflow.full;
  }

  /** Is the write side closed, after all was written? */
  get finished(): boolean {
    return this.outflow.finished;
  }

  /** `text` in Latin-1. */
  text(text: string): void {
    if (this.#length + text.length > PAGE_BYTES) {
      this.flush();
      if (text.length > PAGE_BYTES) {
        this.writes += 1;
        this.outflow.send(Buffer.from(text, 'latin1'));
        return;
      }
    }
    this.#page ??= this.#lend();
    this.#length += this.#page.write(text, this.#length, 'latin1');
  }

  /** Takes all of this part of `bytes`. False: too much is held, pause the source. */
  send(bytes: Buffer, from: number, to: number): boolean {
    if (this.#length + to - from > PAGE_BYTES) {
      this.flush();
      if (to - from > PAGE_BYTES / 2) {
        this.writes += 1;
        return this.outflow.send(bytes, from, to);
      }
    }
    if (from === to) return !this.full;
    this.#page ??= this.#lend();
    this.#length += bytes.copy(this.#page, this.#length, from, to);
    return !this.full;
  }

  #lend(): Buffer {
    this.#turn.add(this);
    return pages.borrow();
  }

  #giveBack(page: Buffer): void {
    this.#page = undefined;
    this.#length = 0;
    pages.giveBack(page);
  }

  abandon(): void {
    this.outflow.abandon();
  }

  flush(): void {
    const page = this.#page;
    if (page === undefined) return;
    this.writes += 1;
    this.outflow.send(page, 0, this.#length);
    this.#giveBack(page);
  }

  /** The socket takes bytes again. True: all that was held is written, the source may go on. */
  drained(): boolean {
    return this.outflow.flush();
  }

  /** Closes the write side once all is written. */
  finish(): void {
    this.flush();
    this.outflow.finish();
  }

  /** Forgets what is held: the connection is gone. */
  discard(): void {
    if (this.#page !== undefined) this.#giveBack(this.#page);
    this.outflow.discard();
  }
}

import type { EpochMs, SocketAddress } from '../../ports/index.ts';
import type { MemberSeals } from '../seal.ts';
import type { Content, Message } from '../swim/message.ts';
import type { Handle, RosterEntry } from '../swim/roster.ts';
import { CheckBudget } from './check-budget.ts';
import { Correspondents } from './correspondents.ts';
import { readHead, readMessage } from './datagram-reader.ts';
import { DatagramWriter } from './datagram-writer.ts';
import {
  type DatagramHead,
  MAX_ANSWER_FACTOR,
  MAX_DATAGRAM_BYTES,
  MAX_UNASKED_BYTES,
} from './layout.ts';
import type { DatagramRefusal } from './refusal.ts';
import type { TagBook } from './tag.ts';
import { readTwin, type TwinMessage, writeTwin } from './twin-message.ts';

/** What came in a datagram of another member that is believed. */
export interface OpenedMessage {
  readonly from: Handle;
  readonly message: Message;
  /** How often its sender has started. */
  readonly boot: number;
}

/** The same, or of this node's own key. */
export type Opened =
  | OpenedMessage
  | { readonly from: 'twin'; readonly message: TwinMessage; readonly boot: number };

export interface SealedDatagramsOptions {
  readonly self: Handle;
  readonly book: TagBook & { entry(member: Handle): RosterEntry };
  readonly seals: MemberSeals;
  /** How often this node has started, durably counted; grows when its disk was found to have forgotten. */
  readonly starts: { readonly boot: number };
  /** Is this the answer to a question of this node, as far as its number says? */
  readonly isAwaited?: (body: Content['body']) => boolean;
}

const CONTEXT = 'selvage/datagram/v1';

/**
 * Between messages and bytes: signs what goes out, and believes of what comes in only what a member signed,
 * for this member, and once. What is cheap to see is looked at before any signature is checked.
 */
export class SealedDatagrams {
  readonly #self: Handle;
  readonly #book: SealedDatagramsOptions['book'];
  readonly #seals: MemberSeals;
  readonly #starts: { readonly boot: number };
  readonly #isAwaited: (body: Content['body']) => boolean;
  readonly #writer: DatagramWriter;
  readonly #correspondents = new Correspondents();
  readonly #budget = new CheckBudget();
  /** What came last that was believed: whose, and how long it was. */
  #lastFrom = -1;
  #lastBytes = 0;
  #twinCounter = 0;

  constructor({ self, book, seals, starts, isAwaited = () => false }: SealedDatagramsOptions) {
    this.#self = self;
    this.#book = book;
    this.#seals = seals;
    this.#starts = starts;
    this.#isAwaited = isAwaited;
    this.#writer = new DatagramWriter(book);
  }

  seal(to: Handle, content: Content, sentAt: EpochMs): Uint8Array {
    const head = this.#head(to, this.#correspondents.next(to), sentAt);
    this.#writer.message(head, content, this.#maxBytes(to, content.body));
    return this.#signed();
  }

  /** To whoever else holds this node's key. */
  sealTwin(message: TwinMessage, sentAt: EpochMs): Uint8Array {
    this.#twinCounter += 1;
    const head = this.#head(this.#self, this.#twinCounter, sentAt);
    writeTwin(this.#writer, head, message);
    return this.#signed();
  }

  /** Never throws, whatever the bytes are; keeps none of them. `now` is monotonic. */
  open(bytes: Uint8Array, from: SocketAddress, now: number): Opened | DatagramRefusal {
    if (bytes.length > MAX_DATAGRAM_BYTES) return 'oversized';
    const book = this.#book;
    const head = readHead(bytes, this.#self, book);
    if (typeof head === 'string') return head;
    const { sender } = head;
    if (sender === this.#self) return this.#openTwin(bytes, head.boot, now);
    if (!this.#correspondents.isFresh(sender, head.boot, head.counter)) return 'replayed';
    const message = readMessage(bytes, book);
    if (typeof message === 'string') return message;
    const { address, publicKey } = book.entry(sender);
    const isAtHome = address === from || isSame(address, from);
    if (!this.#budget.allows(sender, isAtHome, now) && !this.#mayAnswer(message, now)) {
      return 'too-many';
    }
    if (!this.#seals.verify(CONTEXT, publicKey, bytes)) return 'bad-signature';
    this.#correspondents.take(sender, head.boot, head.counter);
    this.#lastFrom = sender;
    this.#lastBytes = bytes.length;
    if (isAtHome) this.#prove(sender, message);
    return { from: sender, message, boot: head.boot };
  }

  /** The same member is reached at another address, and so stands at another place. */
  move(from: Handle, to: Handle): void {
    this.#correspondents.move(from, to);
  }

  forget(member: Handle): void {
    this.#correspondents.forget(member);
  }

  #mayAnswer({ body }: Message, now: number): boolean {
    return this.#isAwaited(body) && this.#budget.allowsAnswer(now);
  }

  /** What goes out because another asked is short where a record alone says that it is for whoever asks. */
  #maxBytes(to: Handle, body: Content['body']): number {
    if (!isAskedFor(body) || this.#correspondents.isProven(to)) return MAX_DATAGRAM_BYTES;
    if (body.type !== 'ack' || to !== this.#lastFrom) return MAX_UNASKED_BYTES;
    return Math.min(MAX_ANSWER_FACTOR * this.#lastBytes, MAX_DATAGRAM_BYTES);
  }

  /**
   * An own answer does it, under a number that this node told nobody but its sender and, when none came, those who
   * helped to ask.
   */
  #prove(sender: Handle, { body }: Message): void {
    if (body.type !== 'ack' || body.origin !== undefined || body.subject !== sender) return;
    if (this.#correspondents.isProven(sender) || !this.#isAwaited(body)) return;
    this.#correspondents.prove(sender);
  }

  #openTwin(bytes: Uint8Array, boot: number, now: number): Opened | DatagramRefusal {
    const message = readTwin(bytes);
    if (message === 'garbage') return message;
    if (!this.#budget.allows(0, false, now)) return 'too-many';
    const { publicKey } = this.#book.entry(this.#self);
    if (!this.#seals.verify(CONTEXT, publicKey, bytes)) return 'bad-signature';
    return { from: 'twin', message, boot };
  }

  #head(receiver: Handle, counter: number, sentAt: EpochMs): DatagramHead {
    return { sender: this.#self, receiver, boot: this.#starts.boot, counter, sentAt };
  }

  #signed(): Uint8Array {
    const bytes = this.#writer.written();
    this.#seals.seal(CONTEXT, bytes);
    return bytes;
  }
}

const isSame = (a: SocketAddress, b: SocketAddress): boolean =>
  a.port === b.port && a.host === b.host;

/** Sent because another asked for it, so that it says where and how often. */
const isAskedFor = (body: Content['body']): boolean =>
  body.type === 'ack' ||
  body.type === 'nack' ||
  (body.type === 'ping' && body.origin !== undefined);

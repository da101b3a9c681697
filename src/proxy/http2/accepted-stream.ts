import type { Field } from '../http/field.ts';
import type { AcceptRequest, ClientHalf, RequestListener } from '../http/halves.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import { type Reply, replyMessage } from '../http/reply.ts';
import type { Connection } from './connection.ts';
import { Stream } from './stream.ts';
import { CODE, type Code } from './wire.ts';

const NO_FIELDS: readonly Field[] = [];

/** A stream that the peer opened: where a request comes from, and its answer goes. */
export class AcceptedStream extends Stream implements ClientHalf {
  #listener: RequestListener | undefined;
  #answered = false;
  /** Content goes both ways, and each way ends on its own. */
  #isTunnel = false;
  #upgrades = false;
  #connects = false;
  /** After its answer it was seen to go on. */
  #lingered = false;
  /** With what the stream ends when the peer's direction is cut off. */
  #cutCode: Code = CODE.NO_ERROR;

  constructor(connection: Connection, id: number) {
    super(connection);
    this.id = id;
  }

  begin(head: RequestHead, ended: boolean, accept: AcceptRequest): void {
    this.#upgrades = head.upgrade !== undefined;
    this.#connects = this.#upgrades || head.method === 'CONNECT';
    if (head.length !== undefined) this.contentLeft = head.length;
    this.remoteEnded = ended;
    if (ended && !this.isWhole) {
      this.connection.wasted();
      this.reset(CODE.PROTOCOL_ERROR);
      return;
    }
    this.#listener = accept(head, this, ended);
  }

  /** Answers by itself what is no request for anybody else; `empty`: without content. */
  refuse(reply: Reply, ended: boolean, empty: boolean): void {
    this.remoteEnded = ended;
    const { head, content } = replyMessage(reply);
    this.answer(head, NO_FIELDS, empty);
    if (!empty) this.send(content, 0, content.length, true);
  }

  inform(head: ResponseHead): void {
    if (this.closed || this.#answered) return;
    this.connection.heads.answer(this.id, head.status, head, NO_FIELDS, false);
  }

  answer(head: ResponseHead, added: readonly Field[], ended: boolean): void {
    if (this.closed || this.#answered) return;
    this.#answered = true;
    this.connection.allowance.streamUsed();
    const switched = this.#upgrades && head.status === 101;
    this.#isTunnel = switched || (this.#connects && !this.#upgrades && head.status < 300);
    this.connection.heads.answer(this.id, switched ? 200 : head.status, head, added, ended);
    if (ended) this.localEnd();
  }

  breakOff(): void {
    this.reset(this.#brokenCode());
  }

  #brokenCode(): Code {
    if (this.#cutCode !== CODE.NO_ERROR) return this.#cutCode;
    return this.#connects ? CODE.CONNECT_ERROR : CODE.INTERNAL_ERROR;
  }

  /**
   * The rest of a request whose answer is whole is of no use. What its client may send unasked is dropped, and only
   * then is it cut off (RFC 9113 section 8.1): there are clients that lose the answer by a reset.
   */
  protected endedFirst(): void {
    if (this.#isTunnel) return;
    this.#listener = undefined;
    if (this.#cutCode === CODE.NO_ERROR) this.hold();
    else this.reset(this.#cutCode);
  }

  check(): void {
    if (!this.localEnded || this.#isTunnel) return;
    if (this.#lingered) this.reset(CODE.NO_ERROR);
    this.#lingered = true;
  }

  /** Trailers. */
  head(block: Buffer, from: number, to: number, ended: boolean): void {
    const fields = this.connection.blocks.trailers(block, from, to);
    if (this.closed) return;
    if (fields === undefined || !ended || this.#connects || !this.isWhole) {
      this.violated(CODE.PROTOCOL_ERROR);
      return;
    }
    this.remoteEnded = true;
    const { view } = this.connection.runtime.mesh;
    this.#listener?.requestTrailers(
      view === undefined ? fields : fields.filter(({ name }) => !view.decidingFields.has(name)),
    );
    this.ifOver();
  }

  protected contentArrived(bytes: Buffer, from: number, to: number, ended: boolean): void {
    const isDropped = this.localEnded && !this.#isTunnel;
    if (!isDropped) this.#listener?.requestContent(bytes, from, to, ended);
    else if (this.windowIsUsed && !ended) this.reset(CODE.NO_ERROR);
  }

  protected lengthBroken(): void {
    this.#cutCode = CODE.PROTOCOL_ERROR;
    this.#wasteIfUnanswered();
    this.#listener?.requestMalformed('bad-content-length');
    this.reset(CODE.PROTOCOL_ERROR); // unless the answer to it has ended the stream already
  }

  protected drained(): void {
    this.#listener?.clientDrained();
  }

  peerReset(): void {
    this.#wasteIfUnanswered();
    this.lost();
  }

  override violated(code: Code): void {
    if (!this.closed) this.#wasteIfUnanswered();
    super.violated(code);
  }

  #wasteIfUnanswered(): void {
    if (!this.#answered) this.connection.wasted();
  }

  lost(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.clientGone();
  }
}

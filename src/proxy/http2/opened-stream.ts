import type { Field } from '../http/field.ts';
import type { AnswerListener, ServerHalf, ServerLoss } from '../http/halves.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import { NO_BYTES } from '../no-bytes.ts';
import type { TlsPeer } from '../tunnel/index.ts';
import type { Http2Client } from './client.ts';
import { Stream } from './stream.ts';
import { CODE } from './wire.ts';

/** A stream that we open: where a request goes, and its answer comes from. */
export class OpenedStream extends Stream implements ServerHalf {
  readonly #client: Http2Client;
  #listener: AnswerListener | undefined;
  #answered = false;
  #isHead = false;
  #connects = false;
  #upgrades = false;
  /** Content goes both ways, and each way ends on its own. */
  #isTunnel = false;
  /** Where its head begins in all that was sent. */
  #position = 0;

  constructor(client: Http2Client, listener: AnswerListener) {
    super(client);
    this.#client = client;
    this.#listener = listener;
  }

  get peer(): TlsPeer | undefined {
    return this.#client.peer;
  }

  get endsAtMs(): number {
    return this.#client.endsAtMs;
  }

  request(head: RequestHead, added: readonly Field[], ended: boolean): void {
    if (this.closed || this.id !== 0) return;
    this.#isHead = head.method === 'HEAD';
    this.#upgrades = head.upgrade !== undefined;
    this.#connects = this.#upgrades || head.method === 'CONNECT';
    this.#position = this.#client.output.position;
    if (!this.#client.begin(this)) return;
    const ends = ended && !this.#connects; // what becomes a connection is ended by DATA
    const { authority = head.host } = this.#client;
    const asked = authority === head.host ? head : { ...head, host: authority };
    this.#client.heads.request(this.id, asked, added, ends);
    if (ends) this.localEnd();
    else if (ended) this.send(NO_BYTES, 0, 0, true);
  }

  /** Does this stream become a connection of another protocol? */
  get upgrades(): boolean {
    return this.#upgrades;
  }

  cancel(): void {
    this.#listener = undefined;
    if (this.id === 0) this.#client.close(this);
    else this.reset(CODE.CANCEL);
  }

  protected endedFirst(): void {
    // The answer is still to come.
  }

  check(): void {
    // Its exchange keeps the time.
  }

  head(block: Buffer, from: number, to: number, ended: boolean): void {
    if (this.#answered) this.#trailers(block, from, to, ended);
    else this.#answer(block, from, to, ended);
  }

  #answer(block: Buffer, from: number, to: number, ended: boolean): void {
    const head = this.#client.readAnswer(block, from, to);
    if (this.closed) return;
    if (head === undefined || (head.status < 200 && ended)) this.violated(CODE.PROTOCOL_ERROR);
    else if (head.status < 200) this.#listener?.informed(head);
    else this.#finalAnswer(head, ended);
  }

  #finalAnswer(head: ResponseHead, ended: boolean): void {
    const { status } = head;
    this.#answered = true;
    this.#isTunnel = this.#connects && status < 300;
    const isEmpty = this.#isHead || status === 204 || status === 304;
    if (isEmpty) this.contentLeft = 0;
    else if (!this.#isTunnel) this.contentLeft = head.length ?? Number.POSITIVE_INFINITY;
    if (ended && !this.isWhole) {
      this.lengthBroken();
      return;
    }
    this.remoteEnded = ended;
    // Any success opens it (RFC 9110 section 9.3.6): one is told for all.
    const opened = this.#upgrades ? 101 : 200;
    this.#listener?.answered(this.#isTunnel ? { ...head, status: opened } : head, ended);
    if (ended) this.ifOver();
  }

  #trailers(block: Buffer, from: number, to: number, ended: boolean): void {
    const fields = this.#client.blocks.trailers(block, from, to);
    if (this.closed) return;
    // What became a connection has no fields behind it (RFC 9113 section 8.5).
    if (fields === undefined || !ended || !this.isWhole || this.#isTunnel) {
      this.violated(CODE.PROTOCOL_ERROR);
      return;
    }
    this.remoteEnded = true;
    this.#listener?.answerTrailers(fields);
    this.ifOver();
  }

  protected contentArrived(bytes: Buffer, from: number, to: number, ended: boolean): void {
    if (this.#answered) this.#listener?.answerContent(bytes, from, to, ended);
    else this.violated(CODE.PROTOCOL_ERROR);
  }

  protected lengthBroken(): void {
    this.violated(CODE.PROTOCOL_ERROR);
  }

  protected drained(): void {
    this.#listener?.serverDrained();
  }

  peerReset(code: number): void {
    this.lost(code === CODE.REFUSED_STREAM && !this.#answered ? 'unprocessed' : 'closed');
  }

  /** Did nothing of it leave this process? */
  get isUnsent(): boolean {
    return this.id === 0 || this.#position >= this.#client.output.takenBytes;
  }

  lost(loss: ServerLoss): void {
    const listener = this.#listener;
    this.#listener = undefined;
    // RFC 9113 section 8.1: a server may cut off the rest of a request once its answer is whole.
    if (!this.remoteEnded || this.#isTunnel) listener?.serverLost(loss);
  }
}

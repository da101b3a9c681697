import { NEVER } from '../deadlines.ts';
import type { Field } from '../http/field.ts';
import type { AnswerListener, ServerHalf } from '../http/halves.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import { NO_BYTES } from '../no-bytes.ts';
import { Outflow } from '../outflow.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { TunnelEnd, type TunnelOwner } from './tunnel-end.ts';

const CONNECTED: ResponseHead = {
  status: 200,
  fields: [],
  length: undefined,
  meshReason: undefined,
  meshRetry: undefined,
};

/** A connection to the application as the half of one exchange: it answers at once, since it is there. */
export class TcpServerConnection implements ServerHalf, TunnelOwner {
  /** The application shows no certificate. */
  readonly peer = undefined;
  readonly endsAtMs = NEVER;
  readonly #runtime: Runtime;
  readonly #end: TunnelEnd;
  #listener: AnswerListener | undefined;

  constructor(runtime: Runtime, socket: PartySocket, listener: AnswerListener) {
    this.#runtime = runtime;
    this.#listener = listener;
    this.#end = new TunnelEnd(socket, new Outflow(socket, runtime.census), this);
    runtime.census.servers += 1;
  }

  request(_head: RequestHead, _added: readonly Field[], ended: boolean): void {
    this.#listener?.answered(CONNECTED, false);
    if (ended) this.#end.send(NO_BYTES, 0, 0, true);
    this.#end.open();
  }

  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    return this.#end.send(bytes, from, to, ended);
  }

  trailers(): void {
    this.#end.send(NO_BYTES, 0, 0, true);
  }

  hold(): void {
    this.#end.hold();
  }

  release(): void {
    this.#end.release();
  }

  cancel(): void {
    this.#listener = undefined;
    this.#end.reset();
  }

  tunnelled(bytes: Buffer, from: number, to: number, ended: boolean): void {
    this.#listener?.answerContent(bytes, from, to, ended);
  }

  tunnelDrained(): void {
    this.#listener?.serverDrained();
  }

  tunnelClosed(inOrder: boolean): void {
    this.#runtime.census.servers -= 1;
    if (!inOrder) this.#listener?.serverLost('closed');
    this.#listener = undefined;
  }
}
